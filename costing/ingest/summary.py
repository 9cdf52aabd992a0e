"""What an ingest tells: how far it is, and how every row of every source ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costing.ingest.error import SourceUnreadable


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far the ingest of one source is.

    Attributes:
        path: the source as it was named; `-` is standard input.
        phase: `reading`, `waiting`, `merging` or `done`.
        rows: rows read so far, where that is known.
    """

    path: str
    phase: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """How the rows of one source ended; the five counts add up to `rows`.

    Attributes:
        path: the source as it was named; `-` is standard input.
        format: the format that was recognised.
        rows: rows that the source holds; blank lines are none.
        taken: ids that the ledger did not hold.
        unchanged: rows that said nothing new.
        updated: known ids of which more or newer is known now.
        rejected: rows that could not be read, kept with their place and reason.
        conflicted: known ids that were said to be something else; recorded, the later observation
            counts.
    """

    path: str
    format: str
    rows: int
    taken: int
    unchanged: int
    updated: int
    rejected: int
    conflicted: int


@dataclass(frozen=True, slots=True)
class UnretriedRows:
    """Rejected rows that stay rejected, as their file is gone.

    Attributes:
        path: where they stood; a name that is no absolute path is a stream's.
        rows: how many.
        is_refused: they were kept whole and tried again, and are refused as before; else not all
            of them was kept, so that they could not be tried.
    """

    path: str
    rows: int
    is_refused: bool = False

    def __str__(self) -> str:
        """What a person should know and do."""
        count = "1 rejected row" if self.rows == 1 else f"{self.rows} rejected rows"
        is_file = Path(self.path).is_absolute()
        if self.is_refused:
            return f"{count} of {self.path} refused again: `costing report rejected` tells why"
        what = "put the file back and run it again" if is_file else "send it again"
        return (
            f"{count} of {self.path} cannot be tried again without the source, for not all that "
            f"is needed was kept: {what}, mended"
        )


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """How the rows of all sources of one command ended.

    Attributes:
        sources: one summary a source that was read, in the order in which they were named.
        failures: why others could not be read, or had only rows that were rejected; nothing of
            those was taken.
        unretried: rows that were to be tried again and could not.
        is_dry_run: whether nothing of it was kept.
    """

    sources: tuple[SourceSummary, ...] = ()
    failures: tuple[SourceUnreadable, ...] = ()
    unretried: tuple[UnretriedRows, ...] = ()
    is_dry_run: bool = False

    def total(self, count: str) -> int:
        """The sum of one count over all sources, for example `total("taken")`."""
        return sum(getattr(source, count) for source in self.sources)
