"""One line of progress on the terminal, rewritten in place and wiped at the end.

Rule of this file: drawn on stderr only where a person watches it, never into a file or a pipe.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reports.printable import printable

if TYPE_CHECKING:
    from costing.cli.invocation import Invocation
    from costing.ingest.summary import IngestProgress

WIPE_LINE = "\r\x1b[K"
"""Back to the start of the line, erase to its end (ECMA-48, EL)."""

WIDTH = 79


@contextmanager
def drawing_progress(
    invocation: Invocation,
) -> Iterator[Callable[[IngestProgress], None] | None]:
    """Draw progress while the block runs; gives None where nobody watches."""
    with drawing_line(invocation) as draw:
        yield draw and (lambda progress: draw(describe(progress)))


@contextmanager
def drawing_line(invocation: Invocation) -> Iterator[Callable[[str], None] | None]:
    """Draw a line of any text while the block runs; gives None where nobody watches."""
    if not invocation.has_progress:
        yield None
        return
    try:
        yield lambda line: _write(WIPE_LINE + line)
    finally:
        _write(WIPE_LINE)


def describe(progress: IngestProgress) -> str:
    """The line: phase, source and rows, cut to the width of a terminal.

    >>> from costing.ingest.summary import IngestProgress
    >>> describe(IngestProgress("october.jsonl", "reading", 1204000))
    'reading october.jsonl  1,204,000 rows'
    """
    rows = f"  {progress.rows:,} rows" if progress.rows else ""
    return printable(f"{progress.phase} {progress.path}{rows}")[:WIDTH]


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
