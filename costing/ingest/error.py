"""Why a whole source cannot be taken in. A bad row is no error but a value, kept with its reason.

    DataError                       3  (costing.errors)
    └── SourceUnreadable            3  nothing of the source was taken
        ├── SourceMissing              there is no such file
        ├── SourceIsFolder             a folder was given for a file
        ├── SourceForbidden            the file may not be read
        ├── SourceFailed               the system failed while reading it
        ├── SourceTruncated            a compressed file ends too early
        ├── SourceDamaged              an array, page, table or compressed stream is broken
        ├── SourceChanged              a file that was written to while it was read
        ├── RowsRefused                every row was rejected
        ├── ColumnsUnclear             columns whose names differ only in capitals
        ├── SourceEncoding             UTF-16 or UTF-32 instead of UTF-8
        ├── SourceUnrecognised         text or bytes that hold no prediction records
        ├── RequestFailed              Replicate's answer to a request that failed
        └── SpoolFull                  standard input does not fit on the temporary disk

Rule of this file: each error says what to do next, and none quotes what the source holds, but for
Replicate's own words about a request that failed.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence

from costing.errors import DataError
from costing.quotation import quote_line
from reports.printable import printable


class SourceUnreadable(DataError):
    """A source that cannot be read as a whole; nothing of it is taken.

    Attributes:
        name: the path as it was given, or `-` for standard input.
    """

    def __init__(self, name: str, what: str, *, place: str = "", help: str = "") -> None:  # noqa: A002
        super().__init__(what, where=f"{name}, {place}" if place else name, help=help)
        self.name = name


class SourceMissing(SourceUnreadable):
    """There is no file of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "no such file", help="check the path; `-` reads standard input")


class SourceIsFolder(SourceUnreadable):
    """A folder was given where a file is read."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "this is a folder, not a file", help=f"name its files: {name}/*")


class SourceForbidden(SourceUnreadable):
    """The file exists but may not be read."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name, "no permission to read this file", help="run as its owner, or `chmod u+r` it"
        )


class SourceFailed(SourceUnreadable):
    """The system reported a failure while the file was read."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            name, f"reading failed: {reason}", help="check the disk or mount, then run it again"
        )


class SourceTruncated(SourceUnreadable):
    """A compressed file ends before its stream does."""

    def __init__(self, name: str, compression: str) -> None:
        super().__init__(
            name,
            f"the {compression} stream ends too early: the file is not complete",
            help="fetch or write the file again; nothing of it was taken",
        )


class SourceDamaged(SourceUnreadable):
    """A file whose form breaks somewhere, so that no row after that place can be trusted."""

    def __init__(self, name: str, form: str, reason: str, *, place: str = "") -> None:
        super().__init__(
            name,
            f"broken {form}: {reason}",
            place=place,
            help="mend the file there, or convert it to JSON lines, which are read line by line",
        )


class SourceChanged(SourceUnreadable):
    """The file is not the same from one look to the next."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            "the file changed while it was read",
            help="run it again when nothing writes to the file any more; nothing of it was taken",
        )


class RowsRefused(SourceUnreadable):
    """A source that has rows, of which none could be taken."""

    def __init__(self, name: str, rows: int) -> None:
        super().__init__(
            name,
            "its only row was rejected" if rows == 1 else f"all {rows} rows were rejected",
            help="see why in `costing report rejected`, mend the file, and ingest it again",
        )


class ColumnsUnclear(SourceUnreadable):
    """Columns of a table are spelled so that it is not clear which of them is meant."""

    def __init__(self, name: str, form: str, columns: Sequence[str]) -> None:
        shown = " and ".join(f'"{printable(column)}"' for column in columns)
        if len(columns) > 1 and len(set(columns)) == 1:
            what = f'{form} column "{printable(columns[0])}" stands there {len(columns)} times'
        elif len(columns) > 1:
            what = f"{form} columns {shown} differ only in capitals"
        else:
            what = f"{form} column {shown} is known in small letters only"
        super().__init__(
            name,
            what,
            help="name each column as docs/records.md does, or leave it out",
        )


class SourceEncoding(SourceUnreadable):
    """Text in an encoding that is not UTF-8."""

    def __init__(self, name: str, encoding: str) -> None:
        super().__init__(
            name,
            f"this is {encoding} text, records are read as UTF-8",
            help=f"re-encode it: `iconv -f {encoding} -t UTF-8 FILE | costing ingest -`",
        )


class SourceUnrecognised(SourceUnreadable):
    """A file that holds no prediction records in any format that is known."""

    def __init__(self, name: str, seen: str, titles: str) -> None:
        super().__init__(name, f"this is {seen}", help=f"prediction records are read as {titles}")


class RequestFailed(SourceUnreadable):
    """Where records should be stands what Replicate answers to a request that failed."""

    def __init__(self, name: str, told: Mapping[str, str], *, place: str = "") -> None:
        said = ": ".join(told[part] for part in ("title", "detail") if part in told)
        super().__init__(
            name,
            f"this is Replicate's answer to a failed request: {quote_line(said)}",
            place=place,
            help="mend the request (its address, its token), then fetch the records again",
        )


class SpoolFull(SourceUnreadable):
    """Standard input is kept in a temporary file while it is read, and there is no room for it."""

    def __init__(self, name: str, folder: str) -> None:
        super().__init__(
            name,
            f"no space left in {folder}, where the stream is kept while it is read",
            help="make room there, or choose a data directory with room with COSTING_HOME",
        )


_SPOOL_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def source_error(name: str, failure: OSError) -> SourceUnreadable:
    """What a failure of the system while opening or reading means for the source.

    >>> source_error("a.json", PermissionError(errno.EACCES, "denied")).what
    'no permission to read this file'
    """
    match failure.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return SourceMissing(name)
        case errno.EISDIR:
            return SourceIsFolder(name)
        case errno.EACCES | errno.EPERM:
            return SourceForbidden(name)
        case _:
            return SourceFailed(name, failure.strerror or type(failure).__name__)


def spool_error(name: str, folder: str, failure: OSError) -> SourceUnreadable:
    """What a failure while keeping a stream in a temporary file means for the source."""
    if failure.errno in _SPOOL_FULL:
        return SpoolFull(name, folder)
    return source_error(name, failure)
