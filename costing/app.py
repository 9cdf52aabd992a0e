"""The application: every use case by name, and the only place where the parts are put together.

Rule of this file: front ends (command line, Python, later the service) call here and nowhere
deeper, so that the same question has the same answer everywhere. The clock enters here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.lock import Turn
from costing.request import ReportRequest

if TYPE_CHECKING:
    from pathlib import Path

    import polars

    from costing.hardware_review import MissingHardware
    from costing.ingest.summary import IngestProgress, IngestSummary
    from costing.ledger.status import LedgerStatus
    from costing.settings import Settings
    from pricing.finding import Finding
    from reports.table import Table


class Costing:
    """The application under given settings; made by `costing.open()`. It holds no connection."""

    def __init__(
        self,
        settings: Settings,
        *,
        announce: Callable[[str], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keep the settings.

        Args:
            settings: what to work with.
            announce: told, in one line, for whom we wait when another process holds the ledger.
            clock: the current instant, aware.
        """
        self.settings = settings
        self._announce = announce
        self._clock = clock

    def ingest(
        self,
        paths: Sequence[Path | None],
        *,
        hardware: str = "",
        tags: Mapping[str, str] | None = None,
        is_dry_run: bool = False,
        retry_rejected: bool = False,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestSummary:
        """Take prediction records into the ledger, a transaction a source.

        Args:
            paths: files in any recognised format; None is standard input.
            hardware: SKU, in any spelling, of the rows that name none.
            tags: tags of every row, beneath the row's own.
            is_dry_run: count what would happen and keep nothing.
            retry_rejected: also try the rows again that were rejected before.
            progress: told how far each source is.

        Raises:
            CostingError: a source cannot be read, or the ledger not be written; sources before it
                are in.
            UnknownSku: `hardware` is no hardware.
        """
        from costing.ingest.command import IngestCommand, run_ingest

        command = IngestCommand(
            tuple(paths), hardware, tags or {}, is_dry_run=is_dry_run, retry_rejected=retry_rejected
        )
        turn = self._turn(" ".join(["ingest", *(str(path or "-") for path in paths)]))
        return run_ingest(command, self.settings, turn, self._clock, progress)

    def report(self, name: str = "monthly", **parameters: object) -> polars.DataFrame:
        """A report as a polars data frame with exact decimals; parameters as on the command line.

        Raises:
            CostingError, ReportError, PricingError: it cannot be answered as asked.
        """
        return self.report_table(ReportRequest.of(name, parameters)).to_polars()

    def report_table(self, request: ReportRequest) -> Table:
        """A report as a table that any format can write.

        Raises:
            CostingError, ReportError, PricingError: it cannot be answered as asked.
        """
        from costing.reporting import answer

        return answer(request, self.settings, self._turn("report"), self._clock())

    def explain(self, prediction_id: str, *, book: str | None = None) -> list[str]:
        """Why a prediction costs what it costs, line by line; or what is missing for that.

        Raises:
            NotFound: the ledger holds no such id.
        """
        from costing.explanation import explain_prediction

        return explain_prediction(prediction_id, self._with_book(book), self._turn("explain"))

    def missing_hardware(self) -> list[MissingHardware]:
        """What has no known hardware, most seconds first."""
        from costing.hardware_review import find_missing

        return find_missing(self.settings, self._turn("hardware missing"))

    def check_hardware(self) -> list[Finding]:
        """Entries of hardware.toml that match no record or contradict each other."""
        from costing.hardware_review import check_map

        return check_map(self.settings, self._turn("hardware check"))

    def status(self) -> LedgerStatus:
        """How the ledger is: schema, records, last ingest, size."""
        from costing.ledger.status import read_status

        return read_status(self.settings.home, self._turn("status"))

    def _with_book(self, book: str | None) -> Settings:
        return self.settings if book is None else replace(self.settings, book=book)

    def _turn(self, command: str) -> Turn:
        return Turn(
            command=f"costing {command}",
            wait_seconds=self.settings.lock_wait_seconds,
            announce=self._announce,
        )
