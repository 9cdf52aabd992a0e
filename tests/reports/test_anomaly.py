"""Which days stand out, what else is found, and how fast a budget burns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.calendar import Period, month_period
from reports.anomaly import LEAST_IMPACT_PART, LEAST_IMPACT_USD, find_episodes
from reports.burn import BurnRule, measure_burn
from reports.errors import BadQuery, OpenPeriod
from reports.history import DaySpend
from reports.query import parse_query
from tests.reports.asking import ask, october
from tests.reports.small_ledger import DEPLOYED, L40S, OFFICIAL, T4, Row, new_ledger

if TYPE_CHECKING:
    from reports.column import Cell

FIRST = date(2026, 8, 1)
START = datetime(2026, 8, 20, 12)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
LATER = datetime(2026, 10, 25, tzinfo=UTC)
DAYS = timedelta(days=1)
AMOUNTS = st.decimals("0", "5000", places=2, allow_nan=False)


def series(amounts: Sequence[Decimal | int]) -> list[DaySpend]:
    return [DaySpend(FIRST + n * DAYS, Decimal(amount)) for n, amount in enumerate(amounts)]


def noisy(count: int, usual: int = 100) -> list[int]:
    """Days that differ by up to a tenth."""
    return [usual + (n * 7919) % 11 * usual // 100 for n in range(count)]


def test_day_far_above_its_weekday_stands_out_with_what_is_at_stake() -> None:
    days = series([*noisy(40), 180, *noisy(5)])

    (episode,) = find_episodes(days)

    assert episode.first == episode.last == FIRST + 40 * DAYS
    assert episode.spent_usd == 180
    assert 95 < episode.expected_usd < 115
    assert episode.excess_usd == 180 - episode.expected_usd
    assert episode.deviations is not None
    assert episode.deviations > 3


def test_busy_weekday_is_no_anomaly() -> None:
    week = [300, 100, 100, 100, 100, 100, 20]

    assert find_episodes(series(week * 8)) == []


def test_days_on_end_are_one_episode_and_a_day_between_makes_two() -> None:
    usual = noisy(40)

    together = find_episodes(series([*usual, 400, 400]))
    apart = find_episodes(series([*usual, 400, 100, 400]))

    assert [(one.first, one.last) for one in together] == [(FIRST + 40 * DAYS, FIRST + 41 * DAYS)]
    assert together[0].spent_usd == 800
    assert len(apart) == 2


@pytest.mark.parametrize(
    ("history", "day", "is_found"),
    [
        pytest.param(noisy(13), 900, False, id="13 days of history"),
        pytest.param(noisy(14), 900, True, id="14 days of history"),
        pytest.param([0] * 20, 12, True, id="new spend"),
        pytest.param([0] * 20, 9, False, id="new spend, too little to matter"),
        pytest.param([10] * 20, 19, False, id="certain, and less than ten dollars"),
        pytest.param([10] * 20, 20, True, id="certain, and ten dollars"),
        pytest.param([1000] * 20, 1199, False, id="certain, and less than a fifth"),
        pytest.param([1000] * 20, 1200, True, id="certain, and a fifth"),
        pytest.param([50, 150] * 14, 170, False, id="much, and no surprise"),
        pytest.param(noisy(30), 10, False, id="less than usual"),
    ],
)
def test_day_stands_out_only_if_all_conditions_hold(
    history: list[int], day: int, *, is_found: bool
) -> None:
    assert bool(find_episodes(series([*history, day]))) == is_found


def test_spend_where_nothing_was_is_new() -> None:
    (episode,) = find_episodes(series([*[0] * 30, 25]))

    assert episode.is_new_spend
    assert episode.excess_usd == 25
    assert episode.deviations is None


@given(st.lists(AMOUNTS, max_size=60))
@settings(deadline=None)
def test_every_episode_matters_and_follows_enough_history(amounts: list[Decimal]) -> None:
    days = series(amounts)

    for episode in find_episodes(days):
        length = (episode.last - episode.first).days + 1
        inside = [one.amount_usd for one in days if episode.first <= one.day <= episode.last]
        assert episode.spent_usd == sum(inside)
        assert episode.excess_usd >= LEAST_IMPACT_USD * length
        assert episode.excess_usd >= LEAST_IMPACT_PART * episode.expected_usd
        assert episode.first >= FIRST + 14 * DAYS


@given(st.lists(AMOUNTS, max_size=60), st.lists(AMOUNTS, max_size=20))
@settings(deadline=None)
def test_later_days_do_not_change_what_was_found(
    amounts: list[Decimal], later: list[Decimal]
) -> None:
    before = find_episodes(series(amounts))

    after = find_episodes(series([*amounts, *later]))

    assert after[: max(len(before) - 1, 0)] == before[:-1]
    assert [one.first for one in after[: len(before)]] == [one.first for one in before]


def test_day_that_is_not_known_is_passed_over() -> None:
    days = series([*noisy(40), 180])

    assert len(find_episodes([one for one in days if one.day != FIRST + 39 * DAYS])) == 1


def use(prefix: str, subject: int, days: range, seconds: int, **more: object) -> list[Row]:
    """Five runs a day."""
    return [
        Row(
            id=f"{prefix}{n}-{run}",
            subject=subject,
            at=START + n * DAYS + run * timedelta(hours=1),
            seconds=Decimal(seconds),
            **more,  # type: ignore[arg-type]
        )
        for n in days
        for run in range(5)
    ]


def findings(filled: list[Row]) -> dict[str, dict[str, Cell]]:
    """What the report of October finds, by kind."""
    with new_ledger(filled) as ledger:
        table = ask(ledger, "anomalies", october("UTC"), until=LATER)
    names = [column.name for column in table.columns]
    return {str(row[0]): dict(zip(names, row, strict=True)) for row in table.rows}


def test_quiet_ledger_has_no_findings() -> None:
    assert findings(use("a", T4, range(66), 3000)) == {}


def test_unusual_day_names_the_narrowest_thing_that_explains_it() -> None:
    found = findings(
        [
            *use("a", T4, range(66), 3000),
            *use("b", L40S, range(66), 600),
            *use("c", L40S, range(50, 51), 9000),
        ]
    )["above usual"]

    assert found["first_day"] == found["last_day"] == "2026-10-09"
    assert str(found["subject"]).startswith("model ")
    assert str(found["subject"]) in str(found["finding"])
    assert isinstance(found["at_stake_usd"], Decimal)
    assert found["at_stake_usd"] > 10


def test_model_first_seen_is_found_with_what_it_cost() -> None:
    images = use("n", OFFICIAL, range(55, 57), 1, quantities={"image_output_count": Decimal(4)})

    found = findings([*use("a", T4, range(66), 3000), *images])["new model"]

    assert found["subject"] == "model labs/flux-fast"
    assert found["first_day"] == "2026-10-14"
    with new_ledger(images) as ledger:
        cost = ask(ledger, "monthly", october("UTC")).values("amount_usd")
    assert [found["at_stake_usd"]] == cost


def test_first_days_of_a_ledger_are_not_all_new() -> None:
    assert findings(use("a", T4, range(42, 66), 3000)) == {}


def test_version_that_got_slower_is_found() -> None:
    found = findings([*use("a", T4, range(42), 1000), *use("b", T4, range(42, 66), 1500)])

    slower = found["slower version"]
    assert "1,500 s" in str(slower["finding"])
    assert "1,000 s" in str(slower["finding"])
    assert isinstance(slower["at_stake_usd"], Decimal)
    with new_ledger(use("b", T4, range(42, 66), 1500)) as ledger:
        (cost,) = ask(ledger, "monthly", october("UTC")).values("amount_usd")
    assert isinstance(cost, Decimal)
    assert abs(slower["at_stake_usd"] - cost / 3) <= Decimal("0.01")


def test_other_hardware_is_found() -> None:
    found = findings([*use("a", T4, range(45), 3000), *use("b", L40S, range(45, 66), 3000)])

    changed = found["changed hardware"]
    assert changed["subject"] == "model acme/upscale"
    assert changed["first_day"] == "2026-10-04"
    assert "on gpu-l40s from 2026-10-04 on" in str(changed["finding"])
    assert str(changed["finding"]).endswith("before the period on gpu-t4")
    with new_ledger(use("b", L40S, range(45, 66), 3000)) as ledger:
        cost = ask(ledger, "monthly", october("UTC")).values("amount_usd")
    assert [changed["at_stake_usd"]] == cost


def test_failed_runs_that_cost_are_found() -> None:
    usual = use("a", DEPLOYED, range(66), 300)
    failed = use("f", DEPLOYED, range(50, 60), 300, status="failed")

    found = findings([*usual, *failed])["failed but billed"]

    assert str(found["finding"]).startswith("50 runs of ")
    with new_ledger([*usual, *failed]) as ledger:
        wasted = ask(ledger, "waste", october("UTC")).values("wasted_usd")
    assert [found["at_stake_usd"]] == wasted


def test_report_of_anomalies_needs_a_start() -> None:
    with new_ledger() as ledger, pytest.raises(OpenPeriod):
        ask(ledger, "anomalies", Period(None, None))


MONTH = month_period("2026-11", UTC)
RULE = BurnRule(timedelta(hours=1), timedelta(hours=6), Decimal(10))


@pytest.mark.parametrize(
    ("short", "long", "is_burning"),
    [
        pytest.param("10", "60", True, id="both at ten times"),
        pytest.param("9.99", "60", False, id="it has stopped"),
        pytest.param("50", "59.99", False, id="a blink"),
        pytest.param("0", "0", False, id="nothing"),
    ],
)
def test_budget_burns_if_both_stretches_do(short: str, long: str, *, is_burning: bool) -> None:
    burn = measure_burn(Decimal(short), Decimal(long), Decimal(720), MONTH, RULE)

    assert burn.short_multiple == Decimal(short)
    assert burn.long_multiple == (Decimal(long) / 6).quantize(Decimal("0.000001"), "ROUND_FLOOR")
    assert burn.is_burning == is_burning


@given(
    limit=st.decimals("0.01", "99999", places=2),
    hours=st.integers(1, 400),
    times=st.integers(1, 100),
)
def test_even_pace_burns_at_its_multiple(limit: Decimal, hours: int, times: int) -> None:
    rule = BurnRule(timedelta(hours=hours), timedelta(hours=hours * 720), Decimal(times))

    burn = measure_burn(limit * hours * times / 720, limit * hours * times, limit, MONTH, rule)

    assert abs(burn.short_multiple - times) <= Decimal("0.000001")
    assert burn.long_multiple == times


@pytest.mark.parametrize(
    ("limit", "period"),
    [
        pytest.param(0, MONTH, id="no limit"),
        pytest.param(5, Period(MONTH.start, None), id="no end"),
    ],
)
def test_burn_without_an_even_pace_is_refused(limit: int, period: Period) -> None:
    with pytest.raises(ValueError, match="an even pace needs"):
        measure_burn(Decimal(1), Decimal(1), Decimal(limit), period, RULE)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param(
            "-- derivation: guess\n-- read: a | usd | sum | A.", "no derivation", id="name"
        ),
        pytest.param("-- derivation: forecast", "reads columns", id="reads nothing"),
        pytest.param("-- history: 9", "are for a derivation", id="history alone"),
        pytest.param(
            "-- derivation: forecast\n-- history: long\n-- read: a | usd | sum | A.",
            "history is days",
            id="history",
        ),
    ],
)
def test_header_of_half_a_derivation_is_refused(lines: str, reason: str) -> None:
    text = (
        "-- title: T\n-- summary: S.\n-- source: charge\n-- period: month\n-- parameters: period\n"
        f"-- column: a | usd | sum | A.\n{lines}\nselect 1\n"
    )

    with pytest.raises(BadQuery, match=reason):
        parse_query("half", text)
