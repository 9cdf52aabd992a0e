"""What is told and what is not: each row of the state machine, and others' failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from costing.budget.alert import EVERY_BUDGET, AlertRecord, Basis, Closure
from costing.budget.budget import PeriodKind
from costing.budget.evaluation import Evaluation, evaluate
from costing.budget.level import Burn, Level
from costing.budget.message import summarise
from costing.budget.period import current_period, previous_period
from reports.anomaly import Episode
from reports.derivations.anomalies import Finding, Kind, describe_episode
from tests.budget.sample import (
    BURN,
    NOW,
    as_record,
    day,
    make_budget,
    make_forecast,
    make_level,
    percent,
)

FORECAST = percent(100, Basis.FORECAST)


def told(level: Level, *records: AlertRecord) -> Evaluation:
    return evaluate([level], records, [level.budget])


def ids(evaluation: Evaluation) -> list[tuple[str, int, bool]]:
    return [(one.key.threshold, one.key.episode, one.is_sent) for one in evaluation.crossings]


def open_record(level: Level, number: int = 0) -> AlertRecord:
    return as_record(told(level).crossings[number])


@pytest.mark.parametrize(
    ("spent", "is_strict", "is_told"),
    [
        pytest.param("79.999999999", False, False, id="below"),
        pytest.param("80", False, True, id="at, which is reached"),
        pytest.param("80", True, False, id="at, where strict"),
        pytest.param("80.000000001", True, True, id="above, where strict"),
    ],
)
def test_threshold_is_reached_from_it_on(spent: str, is_strict: bool, is_told: bool) -> None:
    budget = make_budget(percent(80), is_strict=is_strict)
    assert bool(told(make_level(budget, Decimal(spent))).crossings) == is_told


def test_several_thresholds_at_once_are_all_recorded_and_the_highest_names_the_others() -> None:
    level = make_level(make_budget(percent(50), percent(80), percent(100)), 120)
    evaluation = told(level)
    assert ids(evaluation) == [
        ("actual:50pct", 1, False),
        ("actual:80pct", 1, False),
        ("actual:100pct", 1, True),
    ]
    assert evaluation.crossings[2].also == ("50%", "80%")
    assert not told(level, *map(as_record, evaluation.crossings)).crossings


def test_second_threshold_is_not_swallowed_by_the_first() -> None:
    budget = make_budget(percent(80), percent(100))
    first = open_record(make_level(budget, 85))
    assert ids(told(make_level(budget, 100), first)) == [("actual:100pct", 1, True)]


def test_actual_alert_stays_latched_when_a_corrected_price_lowers_the_level() -> None:
    budget = make_budget(percent(80))
    record = open_record(make_level(budget, 85))
    lowered = told(make_level(budget, 70), record)
    assert not lowered.crossings
    assert not lowered.closings
    assert not told(make_level(budget, 85), record).crossings


def test_limit_raised_above_the_level_closes_and_the_new_amount_is_told() -> None:
    record = open_record(make_level(make_budget(percent(80)), 85))
    raised = make_budget(percent(80), limit=200)
    [closing] = told(make_level(raised, 85), record).closings
    assert closing.closure is Closure.LIMIT_RAISED
    closed = AlertRecord(
        key=record.key, threshold_usd=record.threshold_usd, closure=Closure.LIMIT_RAISED
    )
    assert ids(told(make_level(raised, 160), closed)) == [("actual:80pct", 2, True)]


def test_limit_that_changes_below_the_level_tells_nothing_again() -> None:
    record = open_record(make_level(make_budget(percent(80)), 85))
    changed = told(make_level(make_budget(percent(80), limit=101), 85), record)
    assert changed == Evaluation()


def test_acknowledged_alert_is_not_told_again_in_its_period() -> None:
    level = make_level(make_budget(percent(80)), 85)
    record = as_record(told(level).crossings[0], Closure.ACKNOWLEDGED)
    assert told(level, record) == Evaluation()


def test_next_period_tells_anew() -> None:
    budget = make_budget(percent(80))
    record = open_record(make_level(budget, 85))
    later = make_level(budget, 85, now=NOW + timedelta(days=40))
    evaluation = told(later, record)
    assert [one.key.period for one in evaluation.crossings] == ["2026-12-01"]
    assert [one.closure for one in evaluation.closings] == [Closure.PERIOD_OVER]


def test_budget_that_is_gone_closes_its_alerts() -> None:
    record = open_record(make_level(make_budget(percent(80)), 85))
    [closing] = evaluate([], [record], []).closings
    assert closing.closure is Closure.BUDGET_GONE


@pytest.mark.parametrize(
    ("total", "is_told"),
    [
        pytest.param("104.99", False, id="within the hysteresis"),
        pytest.param("105", True, id="from 1.05 times on"),
    ],
)
def test_forecast_fires_from_1_05_times_its_threshold(total: str, is_told: bool) -> None:
    level = make_level(make_budget(FORECAST), forecast=make_forecast(Decimal(total)))
    assert bool(told(level).crossings) == is_told


@pytest.mark.parametrize(
    ("total", "closures"),
    [
        pytest.param("95", [], id="at 0.95 times it holds"),
        pytest.param("94.99", [Closure.REARMED], id="below it re-arms"),
    ],
)
def test_forecast_rearms_below_0_95_times(total: str, closures: list[Closure]) -> None:
    budget = make_budget(FORECAST)
    record = open_record(make_level(budget, forecast=make_forecast(110)))
    fallen = told(make_level(budget, forecast=make_forecast(Decimal(total))), record)
    assert [one.closure for one in fallen.closings] == closures


def test_forecast_that_returns_is_a_new_episode_and_no_more_than_max_episodes() -> None:
    budget = make_budget(FORECAST, max_episodes=2)
    level = make_level(budget, forecast=make_forecast(110))
    first = as_record(told(level).crossings[0], Closure.REARMED)
    [second] = told(level, first).crossings
    assert second.key.episode == 2
    assert not told(level, first, as_record(second, Closure.REARMED)).crossings


@pytest.mark.parametrize(
    ("now", "may_alert", "is_told"),
    [
        pytest.param("2026-11-02T23:59", True, False, id="second day"),
        pytest.param("2026-11-03T00:00", True, True, id="third day"),
        pytest.param("2026-11-03T00:00", False, False, id="short history"),
    ],
)
def test_forecast_waits_for_the_third_day_and_for_history(
    now: str, may_alert: bool, is_told: bool
) -> None:
    level = make_level(
        make_budget(FORECAST),
        now=datetime.fromisoformat(now).replace(tzinfo=UTC),
        forecast=make_forecast(500, may_alert=may_alert),
    )
    assert bool(told(level).crossings) == is_told


def test_forecast_of_a_daily_budget_is_of_the_day() -> None:
    budget = make_budget(FORECAST, kind=PeriodKind.DAY)
    assert told(make_level(budget, forecast=make_forecast(110))).crossings


def test_forecast_is_not_told_beside_the_actual_spend_that_reached_its_amount() -> None:
    budget = make_budget(percent(100), FORECAST)
    level = make_level(budget, 110, forecast=make_forecast(200))
    evaluation = told(level)
    assert ids(evaluation) == [("actual:100pct", 1, True), ("forecast:100pct", 1, False)]
    actual = as_record(evaluation.crossings[0])
    assert ids(told(level, actual)) == [("forecast:100pct", 1, False)]


def test_period_before_is_evaluated_without_its_forecast() -> None:
    budget = make_budget(percent(80), FORECAST)
    october = previous_period(budget, current_period(budget, NOW))
    level = make_level(budget, 90, period=october, forecast=make_forecast(500))
    assert ids(told(level)) == [("actual:80pct", 1, True)]


def test_forecast_alert_closes_when_its_period_ends() -> None:
    budget = make_budget(FORECAST)
    record = open_record(make_level(budget, forecast=make_forecast(110)))
    november = current_period(budget, NOW)
    ended = make_level(budget, 90, now=november.end, period=november)
    assert [one.closure for one in told(ended, record).closings] == [Closure.PERIOD_OVER]


def test_stale_data_is_told_once_a_day_and_levels_are_evaluated_still() -> None:
    budget = make_budget(percent(80), max_staleness=timedelta(hours=36))
    old = NOW - timedelta(hours=37)
    level = make_level(budget, 85, data_as_of=old)
    evaluation = told(level)
    assert ids(evaluation) == [("actual:80pct", 1, True), ("stale", 1, True)]
    records = [as_record(one) for one in evaluation.crossings]
    assert not told(level, *records).crossings
    tomorrow = told(make_level(budget, 85, now=NOW + timedelta(days=1), data_as_of=old), *records)
    assert [one.key.period for one in tomorrow.crossings] == ["2026-11-21"]
    assert [one.key.period for one in tomorrow.closings] == ["2026-11-20"]


def test_stale_data_is_one_alert_that_names_every_budget_it_touches() -> None:
    old = NOW - timedelta(hours=37)
    zones = ["UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Berlin"]
    budgets = [
        make_budget(
            name=f"b{number}",
            zone=ZoneInfo(zones[number % 4]),
            kind=list(PeriodKind)[number % 5],
            max_staleness=timedelta(hours=36) if number % 3 else None,
        )
        for number in range(30)
    ]
    levels = [make_level(one, data_as_of=old) for one in budgets]
    [crossing] = evaluate(levels, [], budgets).crossings
    assert crossing.key.budget == EVERY_BUDGET
    assert crossing.about == tuple(f"b{number}" for number in range(30) if number % 3)
    assert not evaluate(levels, [as_record(crossing)], budgets).crossings


def test_stale_data_that_passes_the_next_age_names_the_budgets_it_touches_then() -> None:
    budgets = [
        make_budget(name=name, max_staleness=timedelta(hours=hours))
        for name, hours in (("hasty", 2), ("patient", 5))
    ]
    three, six = NOW - timedelta(hours=3), NOW - timedelta(hours=6)
    [first] = evaluate(
        [make_level(one, data_as_of=three) for one in budgets], [], budgets
    ).crossings
    later = [make_level(one, data_as_of=six) for one in budgets]
    [second] = evaluate(later, [as_record(first)], budgets).crossings
    assert (first.about, second.about) == (("hasty",), ("hasty", "patient"))
    assert first.key.alert_id != second.key.alert_id


def test_acknowledged_stale_data_is_not_told_again_that_day() -> None:
    level = make_level(make_budget(max_staleness=timedelta(hours=1)), data_as_of=None)
    record = as_record(told(level).crossings[0], Closure.ACKNOWLEDGED)
    assert told(level, record) == Evaluation()


def test_fresh_data_ends_the_alert_on_stale_data() -> None:
    budget = make_budget(percent(80), max_staleness=timedelta(hours=36))
    stale = open_record(make_level(budget, data_as_of=None))
    assert [one.closure for one in told(make_level(budget), stale).closings] == [Closure.REARMED]


def test_budgets_that_lack_amounts_at_once_are_one_message() -> None:
    budgets = [make_budget(name=name, max_unrated_percent=Decimal(5)) for name in "abc"]
    levels = [
        make_level(one, predictions=100, unrated=unrated)
        for one, unrated in zip(budgets, (10, 30, 2), strict=True)
    ]
    crossings = evaluate(levels, [], budgets).crossings
    assert {(one.key.budget, one.is_sent, one.about) for one in crossings} == {
        ("b", True, ("b", "a")),
        ("a", False, ()),
    }


def test_budget_that_lacks_amounts_in_two_periods_speaks_for_no_other() -> None:
    budget = make_budget(max_unrated_percent=Decimal(5))
    before = current_period(budget, NOW - timedelta(days=30))
    levels = [
        make_level(budget, predictions=100, unrated=10, period=before),
        make_level(budget, predictions=100, unrated=20),
    ]
    [loud, quiet] = evaluate(levels, [], [budget]).crossings
    assert (loud.is_sent, loud.about, quiet.is_sent) == (True, (), False)
    assert "more)" not in summarise(loud)


@pytest.mark.parametrize(
    ("unrated", "is_told"),
    [pytest.param(5, False, id="at its bound"), pytest.param(6, True, id="above it")],
)
def test_unrated_share_above_its_bound_is_told(unrated: int, is_told: bool) -> None:
    budget = make_budget(percent(80), max_unrated_percent=Decimal(5))
    level = make_level(budget, predictions=100, unrated=unrated)
    assert bool(told(level).crossings) == is_told


# $100 in 720 hours, ten times: $1.39 in one hour and $8.33 in six.
@pytest.mark.parametrize(
    ("short", "long", "is_told"),
    [
        pytest.param("1.40", "8.40", True, id="both windows"),
        pytest.param("1.40", "8.30", False, id="a blip"),
        pytest.param("1.30", "8.40", False, id="over already"),
    ],
)
def test_burn_needs_both_windows(short: str, long: str, is_told: bool) -> None:
    budget = make_budget(percent(80), burns=(BURN,))
    burn = Burn(Decimal(short), Decimal(long))
    level = make_level(budget, burns={BURN.threshold_id: burn})
    assert bool(told(level).crossings) == is_told


def test_burn_rearms_when_the_short_window_has_cooled() -> None:
    budget = make_budget(percent(80), burns=(BURN,))
    hot = make_level(budget, burns={BURN.threshold_id: Burn(Decimal(2), Decimal(9))})
    cool = make_level(budget, burns={BURN.threshold_id: Burn(Decimal(1), Decimal(9))})
    assert [one.closure for one in told(cool, open_record(hot)).closings] == [Closure.REARMED]


def test_unusual_days_are_told_once_by_their_first_day() -> None:
    budget = make_budget(percent(80), anomalies=tuple(Kind))
    first = day("2026-11-19")
    unusual = describe_episode(Episode(first, first, Decimal(50), Decimal(10), None))
    level = make_level(budget, findings=(unusual,))
    evaluation = told(level)
    assert ids(evaluation) == [("anomaly:2026-11-19", 1, True)]
    assert told(level, as_record(evaluation.crossings[0])) == Evaluation()


def change(kind: Kind, model: str, stake: int, hardware: str = "") -> Finding:
    return Finding(
        kind=kind,
        first_day="2026-11-19",
        last_day=None,
        subject=f"model {model}",
        at_stake_usd=Decimal(stake),
        sentence=f"{model}: {kind}",
        model=model,
        hardware=hardware,
    )


@pytest.mark.parametrize("kind", [kind for kind in Kind if not kind.is_of_days])
def test_change_is_told_once_a_period_and_stays_told_when_it_is_gone(kind: Kind) -> None:
    budget = make_budget(percent(80), anomalies=(kind,))
    level = make_level(budget, findings=(change(kind, "acme/face", 5),))
    evaluation = told(level)
    assert ids(evaluation) == [(f"anomaly:{kind}:model acme/face", 1, True)]
    record = as_record(evaluation.crossings[0])
    assert told(level, record) == Evaluation()
    assert told(make_level(budget), record) == Evaluation()


def test_several_changes_at_once_are_recorded_and_the_dearest_names_the_others() -> None:
    level = make_level(
        make_budget(anomalies=tuple(Kind)),
        findings=(
            change(Kind.NEW_MODEL, "acme/voice", 3),
            change(Kind.CHANGED_HARDWARE, "acme/face", 9, "gpu-l40s"),
            change(Kind.CHANGED_HARDWARE, "acme/face", 1, "cpu"),
        ),
    )
    crossings = told(level).crossings
    assert [(one.key.threshold, one.is_sent) for one in crossings] == [
        ("anomaly:changed hardware:model acme/face:gpu-l40s", True),
        ("anomaly:new model:model acme/voice", False),
        ("anomaly:changed hardware:model acme/face:cpu", False),
    ]
    assert crossings[0].also == ("acme/voice: new model", "acme/face: changed hardware")


@pytest.mark.parametrize(
    ("kept", "closures"),
    [
        pytest.param((Kind.NEW_MODEL,), [], id="its kind is still told"),
        pytest.param((Kind.ABOVE_USUAL,), [Closure.BUDGET_GONE], id="it is not"),
    ],
)
def test_change_that_is_no_longer_to_be_told_closes(
    kept: tuple[Kind, ...], closures: list[Closure]
) -> None:
    found = (change(Kind.NEW_MODEL, "acme/face", 5),)
    record = open_record(make_level(make_budget(anomalies=tuple(Kind)), findings=found))
    evaluation = told(make_level(make_budget(anomalies=kept)), record)
    assert [one.closure for one in evaluation.closings] == closures
