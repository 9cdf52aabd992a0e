"""Where output goes: data to stdout, talk to stderr.

Rule of this file: commands write here and nowhere else. Only progress is drawn by its own module,
and an interrupted run says its one word by itself. Text is written without colour or cutting; what
others have named (files, processes, settings) goes through `printable`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from costing.cli import stream
from reports.printable import printable

if TYPE_CHECKING:
    from costing.failure import Failure

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]
"""What may stand in our JSON. There is no float: money and seconds are text."""


def write_text(text: str) -> None:
    """Write lines that hold nothing of others' naming to stdout, ending with a line break."""
    write_bytes((text if text.endswith("\n") else f"{text}\n").encode())


def write_lines(lines: Sequence[str]) -> None:
    """Write lines to stdout, each on one line whatever it holds."""
    write_text("\n".join(map(printable, lines)))


def write_bytes(data: bytes) -> None:
    """Write data to stdout as it is; a reader that has seen enough ends the command quietly."""
    try:
        stream.write(data)
    except BrokenPipeError:
        raise typer.Exit from None


def write_json(value: Json) -> None:
    """Write a JSON document to stdout."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False))


def form_told_by(output: Path, names: Mapping[str, str], *, of: str) -> str:
    """The name of the form that a file's name tells by how it ends.

    Args:
        names: of the forms, by suffix.
        of: what is written, for the error: "a report".

    Raises:
        UsageError: there is none of that ending.
    """
    from costing.errors import UsageError

    suffix = output.suffix.lower()
    if suffix not in names:
        raise UsageError(
            f'"{output.suffix}" tells no format of {of}',
            where=str(output),
            help=f"end the name with {', '.join(names)}, or name one of the formats with "
            f"--format: {', '.join(names.values())}",
        )
    return names[suffix]


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: it is replaced only once all is written.

    A link is followed, and what is no file, such as a device or a pipe, is written to.
    """
    place = path.resolve()
    partial = place.parent / f".{place.name}.{os.getpid()}.partial"  # The root has no name.
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(data)
            return
        partial.write_bytes(data)
        partial.replace(place)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(path)) from error


def write_grid(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """Write a table in aligned columns.

    Args:
        head: titles of the columns.
        rows: cells, as many in each row as there are titles.
        right: titles of columns set flush right.
    """
    flush_right = [title in right for title in head]
    shown = [head, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, widths, flush_right, strict=True)
        ]
        write_text("  ".join(cells).rstrip())


def say(line: str) -> None:
    """Write a line, or several, to stderr, for people; one that nobody can read is dropped."""
    try:
        print("\n".join(map(printable, line.split("\n"))), file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = None


def end_plugin(failure: Failure) -> int:
    """Tell a monitoring program that nothing is known; the exit code that it takes for that.

    https://nagios-plugins.org/doc/guidelines.html
    """
    write_lines([f"BUDGETS UNKNOWN - {failure.what}".replace("|", "/")])
    return 3


def is_watched() -> bool:
    """Whether a person watches stderr, so that progress may be drawn there."""
    return sys.stderr is not None and sys.stderr.isatty()


def terminal_width() -> int | None:
    """Columns of the terminal that stdout is; None where it is none."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if is_terminal else None


def write_traceback(error: BaseException) -> None:
    """Write the traceback of an exception, and of what caused it, to stderr."""
    say("".join(traceback.format_exception(error)).rstrip())
