"""Where a dry run works: in the data directory, which must not come to be by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def leaving_nothing(home: Path) -> Iterator[Path]:
    """`home` if it is there; else an empty folder in its place, which is removed in the end."""
    if home.exists():
        yield home
        return
    with TemporaryDirectory(prefix="costing-") as folder:
        yield Path(folder)
