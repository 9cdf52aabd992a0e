"""`ingest` as a use case: many sources, defaults for their rows, and rows that are tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costing.errors import BadSetting
from costing.ingest.error import RowsRefused, SourceUnreadable
from costing.ingest.ingestion import IngestOptions, ingest_source
from costing.ingest.retry import retry_steps
from costing.ingest.staging import StageOptions
from costing.ingest.summary import IngestProgress, IngestSummary
from pricing.sku import find_sku

if TYPE_CHECKING:
    from pathlib import Path

    from costing.lock import Turn
    from costing.settings import Settings


@dataclass(frozen=True, slots=True)
class IngestCommand:
    """What is asked of one ingest; see `costing.app.Costing.ingest`."""

    paths: tuple[Path | None, ...]
    hardware: str
    tags: Mapping[str, str]
    is_dry_run: bool = False
    retry_rejected: bool = False


def run_ingest(
    command: IngestCommand,
    settings: Settings,
    turn: Turn,
    progress: Callable[[IngestProgress], None] | None,
) -> IngestSummary:
    """Take every source in, in the order given, each in a transaction of its own.

    A source that cannot be read is a failure beside the others' summaries. What concerns all of
    them, a locked ledger or a full disk, is raised.
    """
    options = _options(command, settings, turn, progress)
    parts: list[IngestSummary] = []
    for take in _steps(command, options):
        try:
            parts.append(take())
        except SourceUnreadable as failure:
            parts.append(IngestSummary(failures=(failure,)))
    sources = tuple(one for part in parts for one in part.sources)
    return IngestSummary(
        sources=sources,
        failures=(
            *(one for part in parts for one in part.failures),
            *(RowsRefused(one.path, one.rows) for one in sources if 0 < one.rows == one.rejected),
        ),
        unretried=tuple(one for part in parts for one in part.unretried),
        is_dry_run=command.is_dry_run,
    )


def _options(
    command: IngestCommand,
    settings: Settings,
    turn: Turn,
    progress: Callable[[IngestProgress], None] | None,
) -> IngestOptions:
    """How every source is taken in.

    Raises:
        UnknownSku: the hardware that is given is none.
        BadSetting: the key of the inputs' hash cannot be read.
    """
    return IngestOptions(
        home=settings.home,
        memory_limit=settings.memory_limit,
        max_line_bytes=settings.max_line_bytes,
        stage=StageOptions(
            hardware=find_sku(command.hardware).sku if command.hardware else "",
            tags=command.tags,
            hash_key=load_hash_key(settings),
        ),
        turn=turn,
        is_dry_run=command.is_dry_run,
        progress=progress or (lambda _: None),
    )


def _steps(command: IngestCommand, options: IngestOptions) -> Iterator[Callable[[], IngestSummary]]:
    """What is to be done, one step a source, so that one that fails stops no other."""
    if command.retry_rejected:
        yield from retry_steps(options)
    for path in command.paths:
        yield lambda path=path: IngestSummary((ingest_source(path, options),))  # type: ignore[misc]


def load_hash_key(settings: Settings) -> bytes | None:
    """The key of the inputs' hash; a file that is named must be readable and hold something."""
    path = settings.input_hash_key_file
    if path is None:
        return None
    try:
        key = path.read_bytes().strip()
    except OSError as failure:
        raise BadSetting("input_hash_key_file", str(path), "", failure.strerror or "") from failure
    if not key:
        raise BadSetting("input_hash_key_file", str(path), "", "the file is empty")
    return key
