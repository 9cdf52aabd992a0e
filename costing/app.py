"""The application: every use case that reads or writes the ledger, by name.

Rule of this file: whatever asks the ledger (the command line, Python, the service) asks here, so
that the same question has the same answer everywhere; settings, clock and turns enter here. What
needs no ledger is called where it is: `costing prices` asks the price books of `pricing`, `costing
token` the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from costing.clock import Clock, system_clock
from costing.lock import Turn
from costing.request import ReportRequest

if TYPE_CHECKING:
    from pathlib import Path

    import polars

    from costing.budget.backtest import Backtest
    from costing.budget.check import CheckResult
    from costing.budget.overview import Overview
    from costing.budget.source import Source
    from costing.doctor import Check
    from costing.fold import FoldSummary
    from costing.hardware_review import MissingHardware
    from costing.ingest.summary import IngestProgress, IngestSummary
    from costing.ledger.evidence.history import Release
    from costing.ledger.status import LedgerStatus
    from costing.notify.channel import Outcome
    from costing.settings import Settings
    from costing.simulation.request import ScenarioRequest
    from costing.simulation.use_case import Bounds, Simulation
    from costing.state.alert import StoredAlert, Told
    from costing.sync.summary import SyncSummary
    from pricing.finding import Finding
    from reports.table import Table, Waiting


class Costing:
    """The application under given settings; made by `costing.open()`. It holds no connection."""

    def __init__(
        self,
        settings: Settings,
        *,
        announce: Callable[[str], None] | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Keep the settings.

        Args:
            settings: what to work with.
            announce: told, in one line, for whom we wait when another process holds the ledger.
            clock: the current instant, aware; the system's unless a test gives another.
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
        from costing.dry_run import leaving_nothing
        from costing.ingest.command import IngestCommand, run_ingest

        command = IngestCommand(
            tuple(paths), hardware, tags or {}, is_dry_run=is_dry_run, retry_rejected=retry_rejected
        )
        turn = self._turn(" ".join(["ingest", *(str(path or "-") for path in paths)]))
        if not is_dry_run:
            return run_ingest(command, self.settings, turn, progress)
        with leaving_nothing(self.settings.home) as home:
            settings = replace(self.settings, home=home)
            return run_ingest(command, settings, turn, progress)

    def fold(self) -> FoldSummary:
        """Bring what arrived by webhook, API or sync from the inbox into the ledger.

        Raises:
            LedgerLocked: others held the ledger longer than the settings allow to wait.
        """
        from costing.fold import fold_inbox

        return fold_inbox(self.settings, self._turn("fold"), self._clock)

    def sync(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        is_dry_run: bool = False,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> SyncSummary:
        """Fetch what is new at Replicate: predictions, trainings, deployments and models.

        Args:
            since: a day, an instant or a span before now, `90d`; by default it goes on from the
                last sync, and the first one goes 90 days back. What is complete is not fetched
                again.
            until: up to when, likewise; by default now.
            source: `web` for only the predictions that were made on the website.
            is_dry_run: fetch and count, and keep nothing.
            progress: told how far it is.

        Raises:
            AuthenticationError: there is no token, or Replicate does not accept it.
            ReplicateError: something could not be fetched; what was fetched before is kept.
            Locked: another sync took longer than the settings allow to wait.
        """
        from costing.sync.command import read_command
        from costing.sync.synchronisation import run_sync

        command = read_command(since, until, source, self._clock(), self.settings.timezone)
        command = replace(command, is_dry_run=is_dry_run)
        return run_sync(command, self.settings, self._turn("sync"), self._clock, progress)

    def deployments(self) -> list[Release]:
        """Every release of a deployment that was seen, and when it was the current one."""
        from costing.ledger.evidence.history import read_history

        turn = self._turn("deployments")
        self._catch_up(turn)
        return read_history(self.settings.home, turn)

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
        from reports.top import keep_top

        turn = self._turn("report")
        waiting = self._catch_up(turn)
        table = answer(request, self.settings, turn, self._clock(), waiting)
        return table if request.top is None else keep_top(table, request.top)

    def explain(self, prediction_id: str, *, book: str | None = None) -> list[str]:
        """Why a prediction costs what it costs, line by line; or what is missing for that.

        Raises:
            NotFound: the ledger holds no such id.
        """
        from costing.explanation import explain_prediction

        turn = self._turn("explain")
        self._catch_up(turn)
        return explain_prediction(prediction_id, self._with_book(book), turn)

    def missing_hardware(self) -> list[MissingHardware]:
        """What has no known hardware, most seconds first."""
        from costing.hardware_review import find_missing

        turn = self._turn("hardware missing")
        self._catch_up(turn)
        return find_missing(self.settings, turn)

    def check_hardware(self) -> list[Finding]:
        """Entries of hardware.toml that say nothing, match no record or contradict each other."""
        from costing.hardware_review import check_map

        return check_map(self.settings, self._turn("hardware check"))

    def status(self) -> LedgerStatus:
        """How the ledger is: schema, records, last ingest, size."""
        from costing.ledger.status import read_status

        return read_status(self.settings.home, self._turn("status"))

    def check_installation(self) -> list[Check]:
        """Whether all is well beyond the settings, in the order in which to mend."""
        from costing.doctor import check_installation

        return check_installation(self.settings, self, self._clock())

    def check_budgets(self, *, is_dry_run: bool = False) -> CheckResult:
        """Evaluate the budgets, record what is to be told and send it, each alert once.

        Args:
            is_dry_run: say what would be told; fold, write and send nothing.

        Raises:
            NoBudgets: there is no budgets.toml.
            PricingError: it has errors, all of them listed with their lines.
            LedgerLocked: others held the ledger longer than the settings allow to wait.
        """
        from costing.budget.check import check

        turn = self._turn("budget check")
        if not is_dry_run:
            return check(self.settings, turn, self._clock)
        from costing.budget.recording import preview

        return preview(self.settings, turn, self._clock)

    def budget_source(self) -> Source:
        """The budgets and channels as budgets.toml has them.

        Raises:
            NoBudgets, PricingError: as `check_budgets`.
        """
        from costing.budget.source import read_source

        return read_source(self.settings)

    def budget_history(self, budget: str | None = None, limit: int = 50) -> tuple[Told, ...]:
        """Alerts that were told, the newest first, and what became of their messages."""
        from costing.state.alert import history
        from costing.state.connection import open_store
        from costing.state.file import has_state

        if not has_state(self.settings.home):
            return ()
        with open_store(self.settings.home) as store:
            return history(store, budget, most_alerts=limit)

    def acknowledge_alert(self, alert_id: str) -> StoredAlert:
        """Close the alert that a person has seen; it stays closed for its period.

        Raises:
            NotFound: there is no such alert.
        """
        from costing.notify.relay import resolving_channels
        from costing.state.alert import acknowledge
        from costing.state.connection import open_store

        resolving = resolving_channels(self.budget_source().channels)
        with open_store(self.settings.home) as store, store.transaction() as transaction:
            return acknowledge(transaction, alert_id, self._clock(), resolving)

    def test_channel(self, name: str) -> Outcome:
        """Send a trial message to one channel.

        Raises:
            NotFound: there is no such channel.
        """
        from costing.errors import NotFound
        from costing.notify.trial import send_test

        channels = self.budget_source().channels
        if name not in channels:
            known = ", ".join(channels)
            raise NotFound(f'no channel "{name}"', help=f"budgets.toml has {known}")
        return send_test(channels[name], self._clock())

    def budgets(self) -> Overview:
        """Every budget in its current period: spent, limit, forecast.

        Raises:
            NoBudgets, PricingError, LedgerLocked: as `check_budgets`.
        """
        from costing.budget.overview import overlook

        turn = self._turn("budget status")
        self._catch_up(turn)
        return overlook(self.settings, turn, self._clock())

    def explain_budget(self, name: str) -> list[str]:
        """Why a budget is where it is, line by line.

        Raises:
            NotFound: there is no such budget.
        """
        from costing.budget.explanation import explain_budget

        turn = self._turn("budget explain")
        self._catch_up(turn)
        return explain_budget(name, self.settings, turn, self._clock())

    def backtest_budgets(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        budget: str | None = None,
        is_as_ingested: bool = False,
    ) -> Backtest:
        """What the budgets would have told in the past, by what was known each day.

        Args:
            from_, to: the days to go through, the second not included; by default the 90 before
                today.
            budget: only the one of this name.
            is_as_ingested: by the records and prices that this ledger had each morning.
        """
        from costing.budget.backtest import backtest_budgets

        turn = self._turn("budget backtest")
        self._catch_up(turn)
        return backtest_budgets(
            self.settings,
            turn,
            self._clock(),
            from_=from_,
            to=to,
            budget=budget,
            is_as_ingested=is_as_ingested,
        )

    def simulate(
        self,
        request: ScenarioRequest,
        *,
        bounds: Bounds | None = None,
        progress: Callable[[int, int], None] | None = None,
        is_brief: bool = False,
    ) -> Simulation:
        """Whether to serve by Replicate, own GPUs, or both.

        Args:
            request: what is asked; what is None is assumed, and said.
            bounds: how large it may be.
            progress: told how many replications are done, and of how many.
            is_brief: leave out other volumes and what each number moves, which is quicker.

        Raises:
            MissingExtra: the extra `simulate` is not installed.
            CostingError, PricingError: it cannot be answered as asked.
        """
        from costing.simulation.use_case import DEFAULT_BOUNDS, answer_request

        def turn() -> Turn:
            turn = self._turn("simulate")
            self._catch_up(turn)
            return turn

        bounds = bounds or DEFAULT_BOUNDS
        now = self._clock()
        more = (request, self.settings, turn, now)
        return answer_request(*more, bounds=bounds, progress=progress, is_brief=is_brief)

    def _catch_up(self, turn: Turn) -> Waiting | None:
        """Fold what waits in the inbox if nobody holds the ledger; tells what waits still."""
        from costing.state.file import has_state

        if not has_state(self.settings.home):
            return None
        from costing.fold import catch_up

        return catch_up(self.settings, turn, self._clock)

    def _with_book(self, book: str | None) -> Settings:
        return self.settings if book is None else replace(self.settings, book=book)

    def _turn(self, command: str) -> Turn:
        return Turn(
            command=f"costing {command}",
            wait_seconds=self.settings.lock_wait_seconds,
            announce=self._announce,
            clock=self._clock,
        )
