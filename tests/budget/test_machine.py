"""Whatever happens in whichever order, every crossing is recorded once and never lost.

The real evaluation and the real state store; spend, forecast, limits, people and the clock move at
random, and runs see older levels than others or are killed before they commit.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from costing.budget.alert import Basis, Closure
from costing.budget.evaluation import evaluate
from costing.budget.level import Level
from costing.budget.mark import Mark, leave_mark, read_mark, take_ticket
from costing.budget.message import make_alert
from costing.budget.period import current_period, live_periods
from costing.state.alert import acknowledge, alert_records, close_alerts, history, record_alerts
from costing.state.connection import open_store
from tests.budget.sample import NOW, make_budget, make_forecast, make_level, percent

THRESHOLDS = (percent(50), percent(80), percent(100), percent(100, Basis.FORECAST))
AMOUNTS = st.integers(0, 300).map(Decimal)
MOST_EPISODES = 2


class Killed(Exception):
    """A run that dies before it commits."""


class AlertMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.store = open_store(self.home)
        self.now = NOW
        self.limit = 100
        self.spent: dict[str, Decimal] = {}
        self.forecast = Decimal(0)
        self.slow: list[tuple[int, tuple[Level, ...], int]] = []
        self.delivered: dict[str, set[str]] = {}

    @rule(amount=AMOUNTS)
    def spend(self, amount: Decimal) -> None:
        self.spent[self.key] = amount

    @rule(amount=AMOUNTS)
    def expect(self, amount: Decimal) -> None:
        self.forecast = amount

    @rule(limit=st.sampled_from([50, 100, 200, 400]))
    def set_limit(self, limit: int) -> None:
        self.limit = limit

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.slow.clear()

    @rule()
    def begin_slow_run(self) -> None:
        self.slow.append((self._ticket(), self._levels(), self.limit))

    @rule()
    def end_slow_run(self) -> None:
        if self.slow:
            ticket, levels, _ = self.slow.pop(0)
            self._commit(ticket, levels)

    @rule()
    def be_killed(self) -> None:
        try:
            self._commit(self._ticket(), self._levels(), is_killed=True)
        except Killed:
            return

    @rule()
    def acknowledge_one(self) -> None:
        for told in history(self.store):
            if told.stored.closure is None:
                with self.store.transaction() as transaction:
                    acknowledge(transaction, told.stored.alert.alert_id, self.now)
                return

    @rule()
    def run(self) -> None:
        """A whole run records every threshold that is reached, and another one nothing more."""
        levels = self._levels()
        self._commit(self._ticket(), levels)
        recorded = {one.stored.alert.key for one in history(self.store)}
        for level in levels:
            for one in level.budget.thresholds:
                amount_usd = one.amount_usd(level.budget.limit_usd)
                if one.basis is Basis.ACTUAL and level.spent_usd >= amount_usd:
                    assert any(
                        (key.period, key.threshold) == (level.period.key, one.threshold_id)
                        for key in recorded
                    )
        self._commit(self._ticket(), levels)
        again = {one.stored.alert.key for one in history(self.store)}
        assert again == recorded

    @invariant()
    def every_crossing_is_recorded_once_and_spoken_for(self) -> None:
        if not hasattr(self, "store"):
            return
        told = history(self.store)
        keys = [one.stored.alert.key for one in told]
        assert len(set(keys)) == len(keys)
        for one in told:
            alert = one.stored.alert
            channels = [delivery.key.channel for delivery in one.deliveries]
            assert channels == (["ops", "mail"] if alert.is_sent else [])
            if not alert.is_sent:
                assert any(
                    other.stored.alert.is_sent
                    and other.stored.alert.key.period == alert.key.period
                    and other.stored.alert.opened_at <= alert.opened_at
                    for other in told
                )

    @invariant()
    def an_episode_follows_only_a_rearmed_one(self) -> None:
        if not hasattr(self, "store"):
            return
        told = {one.stored.alert.key: one.stored for one in history(self.store)}
        for key in told:
            if key.episode > 1:
                before = told[replace(key, episode=key.episode - 1)]
                assert before.closure in {Closure.REARMED, Closure.LIMIT_RAISED}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.home)

    @property
    def key(self) -> str:
        return current_period(make_budget(), self.now).key

    def _levels(self) -> tuple[Level, ...]:
        budget = make_budget(*THRESHOLDS, limit=self.limit, max_episodes=MOST_EPISODES)
        return tuple(
            make_level(
                budget,
                self.spent.get(period.key, Decimal(0)),
                now=self.now,
                period=period,
                forecast=make_forecast(self.forecast),
            )
            for period in live_periods(budget, self.now)
        )

    def _ticket(self) -> int:
        with self.store.transaction() as transaction:
            return take_ticket(transaction, self.now)

    def _commit(self, ticket: int, levels: tuple[Level, ...], *, is_killed: bool = False) -> None:
        """What `costing.budget.recording` does in its transaction."""
        first = min(level.period.key for level in levels)
        budgets = [level.budget for level in levels]
        with self.store.transaction() as transaction:
            last = read_mark(transaction)
            if last is not None and last.ticket > ticket:
                return
            found = evaluate(levels, alert_records(transaction, first), budgets)
            alerts = [make_alert(one, (), self.now) for one in found.crossings]
            record_alerts(transaction, alerts, {"search": ("ops", "mail")}, self.now)
            close_alerts(transaction, found.closings, self.now)
            leave_mark(transaction, Mark(ticket, "", self.now, self.now, ()))
            if is_killed:
                raise Killed


AlertMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAlertMachine = AlertMachine.TestCase
