"""`budget check` over a real ledger: once, in time, and nothing missed by an idle run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from costing.app import Costing
from costing.budget.check import CheckResult
from costing.request import ReportRequest
from costing.settings import Settings
from tests.budget.sample import write_spend
from tests.notify.sample import Clock

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 10, 12, tzinfo=UTC)
BUDGET = """
[[budget]]
name = "all"
limit_usd = 100
thresholds = ["50%", "80%"]
zone = "UTC"
"""


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def costing(tmp_path: Path, clock: Clock) -> Costing:
    home = tmp_path / "home"
    home.mkdir()
    (home / "budgets.toml").write_text(BUDGET)
    return Costing(Settings(home=home), clock=clock)


class Spender:
    """Takes predictions of a given cost in, each with an id of its own."""

    def __init__(self, costing: Costing, folder: Path) -> None:
        self.costing, self.folder, self.count = costing, folder, 0

    def __call__(self, amount: str, at: datetime = START, model: str = "acme/face") -> None:
        self.count += 1
        path = self.folder / f"{self.count}.jsonl"
        self.costing.ingest([write_spend(path, [(at, amount)], first=self.count, model=model)])


@pytest.fixture
def spend(costing: Costing, tmp_path: Path) -> Spender:
    return Spender(costing, tmp_path)


Change = Callable[[Costing, Spender, Clock], None]


def told(result: CheckResult) -> list[tuple[str, str]]:
    return [(one.key.period, one.key.threshold) for one in result.opened if one.is_sent]


def test_threshold_is_told_once(costing: Costing, spend: Spender) -> None:
    spend("79.8")
    assert told(costing.check_budgets()) == [("2026-11-01", "actual:50pct")]
    spend("0.28")
    assert told(costing.check_budgets()) == [("2026-11-01", "actual:80pct")]
    assert told(costing.check_budgets()) == []


def test_second_run_is_idle_and_says_the_same(costing: Costing, spend: Spender) -> None:
    spend("60")
    first, second = costing.check_budgets(), costing.check_budgets()
    assert not first.is_idle
    assert second.is_idle
    assert second.standings == first.standings


def test_check_that_only_looks_records_nothing(costing: Costing, spend: Spender) -> None:
    spend("60")
    assert told(costing.check_budgets(is_dry_run=True)) == [("2026-11-01", "actual:50pct")]
    assert costing.budget_history() == ()


def change_ledger(costing: Costing, spend: Spender, clock: Clock) -> None:
    del costing, clock
    spend("1")


def change_budgets(costing: Costing, spend: Spender, clock: Clock) -> None:
    del spend, clock
    costing.settings.budgets_file.write_text(BUDGET.replace("100", "101"))


def change_hardware(costing: Costing, spend: Spender, clock: Clock) -> None:
    del spend, clock
    text = '[[hardware]]\nmodel = "x/*"\nsku = "gpu-t4"\n'
    (costing.settings.home / "hardware.toml").write_text(text)


def change_tags(costing: Costing, spend: Spender, clock: Clock) -> None:
    del spend, clock
    (costing.settings.home / "tags.toml").write_text(
        '[[tag]]\nmodel = "x/*"\ntags = {team = "y"}\n'
    )


def let_a_day_begin(costing: Costing, spend: Spender, clock: Clock) -> None:
    del costing, spend
    clock.now = datetime(2026, 11, 11, tzinfo=UTC)


def set_clock_back(costing: Costing, spend: Spender, clock: Clock) -> None:
    del costing, spend
    clock.advance(seconds=-1)


@pytest.mark.parametrize(
    "change",
    [
        change_ledger,
        change_budgets,
        change_hardware,
        change_tags,
        let_a_day_begin,
        set_clock_back,
    ],
)
def test_run_is_not_idle_after_anything_that_may_matter(
    costing: Costing, spend: Spender, clock: Clock, change: Change
) -> None:
    spend("10")
    costing.check_budgets()
    assert costing.check_budgets().is_idle
    change(costing, spend, clock)
    assert not costing.check_budgets().is_idle


def test_data_that_becomes_stale_within_the_day_is_told_then(
    costing: Costing, spend: Spender, clock: Clock
) -> None:
    text = f'{BUDGET}max_staleness = "2h"\n'
    costing.settings.budgets_file.write_text(text)
    spend("10")
    costing.check_budgets()
    clock.advance(hours=2)
    assert costing.check_budgets().is_idle
    clock.advance(seconds=1)
    assert told(costing.check_budgets()) == [("2026-11-10", "stale")]


def test_silence_is_told_where_nothing_was_ever_taken_in(costing: Costing) -> None:
    assert told(costing.check_budgets()) == [("2026-11-10", "stale")]


def test_late_record_of_the_period_before_is_told_within_its_grace(
    costing: Costing, spend: Spender, clock: Clock
) -> None:
    clock.now = datetime(2026, 11, 3, 23, 59, tzinfo=UTC)
    spend("90", at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert told(costing.check_budgets()) == [("2026-10-01", "actual:80pct")]


def test_late_record_after_the_grace_is_not(costing: Costing, spend: Spender, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 4, tzinfo=UTC)
    spend("90", at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert told(costing.check_budgets()) == []


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Berlin"])
@pytest.mark.parametrize(("before", "month"), [(10, 11), (3, 4)])
def test_month_turns_and_rearms_at_local_midnight(
    costing: Costing, spend: Spender, clock: Clock, zone: str, before: int, month: int
) -> None:
    from zoneinfo import ZoneInfo

    costing.settings.budgets_file.write_text(BUDGET.replace('"UTC"', f'"{zone}"'))
    turn = datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    clock.now = turn - timedelta(seconds=1)
    spend("60", at=turn - timedelta(seconds=1))
    assert told(costing.check_budgets()) == [(f"2026-{before:02}-01", "actual:50pct")]
    clock.now = turn
    spend("85", at=turn)
    assert told(costing.check_budgets()) == [(f"2026-{month:02}-01", "actual:80pct")]
    spend("25", at=turn - timedelta(seconds=1))
    assert told(costing.check_budgets()) == [(f"2026-{before:02}-01", "actual:80pct")]


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Berlin"])
def test_idle_run_wakes_at_local_midnight(
    costing: Costing, spend: Spender, clock: Clock, zone: str
) -> None:
    from zoneinfo import ZoneInfo

    costing.settings.budgets_file.write_text(BUDGET.replace('"UTC"', f'"{zone}"'))
    turn = datetime(2026, 11, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    clock.now = turn - timedelta(minutes=2)
    spend("1", at=clock.now)
    costing.check_budgets()
    clock.now = turn - timedelta(seconds=1)
    assert costing.check_budgets().is_idle
    clock.now = turn
    assert not costing.check_budgets().is_idle


def test_nothing_is_repeated_after_a_day_nor_ever_in_its_period(
    costing: Costing, spend: Spender, clock: Clock
) -> None:
    costing.settings.budgets_file.write_text(f'{BUDGET}max_staleness = "never"\n')
    spend("85")
    assert told(costing.check_budgets()) == [("2026-11-01", "actual:80pct")]
    for day in range(1, 23):
        clock.advance(days=1)
        spend("0.1", at=START + timedelta(days=min(day, 20)))
        assert told(costing.check_budgets()) == []


def test_burn_is_told_within_its_window_and_looked_at_until_it_cools(
    costing: Costing, spend: Spender, clock: Clock
) -> None:
    costing.settings.budgets_file.write_text(f'{BUDGET}burn = ["1h+6h 10x"]\n')
    spend("9", at=START - timedelta(minutes=5))
    assert told(costing.check_budgets()) == [("2026-11-01", "burn:1h+6h")]
    assert not costing.check_budgets().is_idle
    clock.advance(hours=1)
    costing.check_budgets()
    assert costing.check_budgets().is_idle


def test_scopes_share_the_ledger_and_sum_what_is_theirs(costing: Costing, spend: Spender) -> None:
    more = "\n".join(
        f'[[budget]]\nname = "{name}"\nlimit_usd = 100\nscope = {scope}\n'
        for name, scope in {
            "face": '["model=acme/face"]',
            "acme": '["model=acme/*"]',
            "two": '["model=acme/face", "model=other/*"]',
            "none": '["model=acme/*", "hardware=cpu"]',
            "tagged": '["tag:team=search"]',
        }.items()
    )
    costing.settings.budgets_file.write_text(f"{BUDGET}{more}")
    spend("7", model="acme/face")
    spend("14", model="acme/voice")
    spend("21", model="other/x")
    spent = {one.budget: Decimal(one.spent_usd) for one in costing.check_budgets().standings}
    assert spent == {"all": 42, "face": 7, "acme": 21, "two": 28, "none": 0, "tagged": 0}


def test_message_answers_every_question(costing: Costing, spend: Spender) -> None:
    import json

    spend("60")
    [alert] = [one for one in costing.check_budgets().opened if one.is_sent]
    lines = json.loads(alert.payload)["lines"]
    assert [line.partition(":")[0] for line in lines] == [
        "period",
        "spent",
        "moved",
        "data as of",
        "why",
    ]
    assert lines[0] == "period: 2026-11-01 to before 2026-12-01, UTC"
    assert lines[1] == "spent: $60.00 of $100.00 (60.0%)"


def test_acknowledged_alert_is_closed_and_stays_so(costing: Costing, spend: Spender) -> None:
    spend("60")
    [alert] = [one for one in costing.check_budgets().opened if one.is_sent]
    costing.acknowledge_alert(alert.alert_id[:5])
    spend("1")
    assert told(costing.check_budgets()) == []
    assert [one.stored.closed_at is None for one in costing.budget_history()] == [False]


@pytest.mark.parametrize("age_hours", [0, 8, 20])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata"])
def test_forecast_of_a_budget_is_that_of_the_report(
    costing: Costing, tmp_path: Path, clock: Clock, zone: str, age_hours: int
) -> None:
    days = [day for day in range(70) if day % 11]
    spent = [(START - timedelta(days=day, minutes=7 * day), str(1 + day * 37 % 10)) for day in days]
    records = write_spend(tmp_path / "face.jsonl", spent)
    costing.ingest([records])
    other = [(instant, amount) for instant, amount in spent if instant.day % 3]
    costing.ingest([write_spend(tmp_path / "b.jsonl", other, first=500, model="acme/voice")])
    unknown = (tmp_path / "face.jsonl").read_text().replace("gpu-a100-large", "gpu-unknown")
    unknown = unknown.replace("acme/face", "acme/none").replace('"p0000', '"q0000')
    (tmp_path / "c.jsonl").write_text(unknown)
    costing.ingest([tmp_path / "c.jsonl"])
    scopes = {"all": [], "face": ["model=acme/face"], "v": ["model=acme/[vn]*"], "n": ["model=x"]}
    costing.settings.budgets_file.write_text(
        "".join(
            f"{BUDGET.replace('UTC', zone).replace('all', name)}scope = {scope}\n"
            for name, scope in scopes.items()
        )
    )
    clock.now = START + timedelta(hours=age_hours)
    for level in costing.budgets().levels:
        report = costing.report_table(
            ReportRequest.of("forecast", {"where": scopes[level.budget.name], "tz": zone})
        )
        cells = dict(zip([one.name for one in report.columns], report.total or (), strict=True))
        assert level.forecast is not None
        assert level.forecast.history_days == cells["history_days"]
        if cells["forecast_usd"] is not None:
            assert abs(level.forecast.total - Decimal(str(cells["forecast_usd"]))) <= Decimal(
                "0.01"
            )
            assert level.forecast.method == cells["method"]
