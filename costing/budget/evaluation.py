"""From levels and what was told before to what is to be told now: the state machine of alerts.

    none ──reached──> open ──limit raised above the level, or fallen off──> re-armed ──reached──> …
                       │  (actual spend never falls off: it stays latched)
                       └──acknowledged, period over──> closed for this period

Rule of this file: pure, and judged by levels rather than by changes, so that a run that was missed
only delays. An alert's key alone decides whether it was told; two runs that see the same levels and
records give the same, in whichever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from costing.budget.alert import AlertKey, AlertRecord, Basis, Closing, Closure
from costing.budget.budget import Budget
from costing.budget.level import Level
from costing.budget.reading import Reading, Verdict, read_level

_OF_RUNNING_PERIODS = frozenset({Basis.FORECAST, Basis.BURN, Basis.STALE})
"""What makes no sense of a period that is over, although it is in its grace."""

_BY_AMOUNT = (Basis.ACTUAL, Basis.FORECAST)

Records = Mapping[tuple[Basis, str], AlertRecord]
"""The latest record of each threshold of one budget in one period."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold that was reached and not told yet.

    Attributes:
        key: of the alert that it makes.
        level: where the budget is; reading: what the threshold says to it.
        is_sent: False where a higher threshold speaks for it.
        also: other thresholds that this one speaks for, as people write them.
    """

    key: AlertKey
    level: Level
    reading: Reading
    is_sent: bool = True
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is to be recorded: alerts that open and alerts that close."""

    crossings: tuple[Crossing, ...] = ()
    closings: tuple[Closing, ...] = ()


def evaluate(
    levels: Sequence[Level], records: Iterable[AlertRecord], budgets: Sequence[Budget]
) -> Evaluation:
    """What is to be told now.

    Args:
        levels: every budget in each of its live periods, all as known at one instant.
        records: what was told of those periods, and every alert that is open.
        budgets: all that there are, also those without a live period.
    """
    latest: dict[tuple[str, str], dict[tuple[Basis, str], AlertRecord]] = {}
    open_records = []
    for record in sorted(records, key=lambda one: one.key.episode):
        key = record.key
        latest.setdefault((key.budget, key.period), {})[key.basis, key.threshold] = record
        if record.is_open:
            open_records.append(record)
    crossings: list[Crossing] = []
    closings: dict[AlertKey, Closing] = {}
    for level in levels:
        known = latest.get((level.budget.name, level.period.key), {})
        readings = read_level(level)
        opened = [one for reading in readings for one in _open(level, reading, known)]
        crossings += _speak_once(opened, known)
        closings |= {one.key: one for reading in readings for one in _close(level, reading, known)}
    for closing in _close_rest(open_records, levels, budgets):
        closings.setdefault(closing.key, closing)
    return Evaluation(tuple(crossings), tuple(closings.values()))


def _open(level: Level, reading: Reading, known: Records) -> Iterator[Crossing]:
    """The crossing of a threshold that is reached, unless it was told and did not re-arm."""
    if reading.verdict is not Verdict.ON:
        return
    record = known.get((reading.basis, reading.threshold_id))
    episode = _next_episode(level.budget, reading, record)
    if episode is not None:
        name, period = level.budget.name, level.period.key
        key = AlertKey(name, period, reading.basis, reading.threshold_id, episode)
        yield Crossing(key, level, reading)


def _next_episode(budget: Budget, reading: Reading, record: AlertRecord | None) -> int | None:
    """The number of the episode that begins; None where none does."""
    if record is None:
        return reading.episode or 1
    if reading.episode is not None:
        return reading.episode if reading.episode > record.key.episode else None
    if record.closure is None or not record.closure.is_rearming:
        return None
    following = record.key.episode + 1
    is_bounded = record.closure is Closure.REARMED
    return None if is_bounded and following > budget.max_episodes else following


def _close(level: Level, reading: Reading, known: Records) -> Iterator[Closing]:
    """The closing of what is latched, where its limit was raised or the level fell off."""
    record = known.get((reading.basis, reading.threshold_id))
    if record is None or record.closure not in {None, Closure.ACKNOWLEDGED}:
        return
    is_over = reading.episode is not None and record.key.episode != reading.episode
    if _is_raised(level.budget, reading, record):
        yield Closing(record.key, Closure.LIMIT_RAISED)
    elif reading.verdict is Verdict.OFF or is_over:
        yield Closing(record.key, Closure.REARMED)


def _is_raised(budget: Budget, reading: Reading, record: AlertRecord) -> bool:
    """Whether the amount is larger than when it was reached, and above the level now."""
    amount, level, before = reading.threshold_usd, reading.level_usd, record.threshold_usd
    if amount is None or level is None or before is None:
        return False
    return amount > before and not budget.reaches(level, amount)


def _close_rest(
    records: Iterable[AlertRecord], levels: Sequence[Level], budgets: Sequence[Budget]
) -> Iterator[Closing]:
    """Closings of open alerts of which no threshold speaks any more."""
    names = {budget.name: budget for budget in budgets}
    live = {(one.budget.name, one.period.key): one for one in levels}
    for record in records:
        key = record.key
        level = live.get((key.budget, key.period))
        if key.budget not in names or not _has(names[key.budget], key):
            yield Closing(key, Closure.BUDGET_GONE)
        elif level is None or (not level.is_current and key.basis in _OF_RUNNING_PERIODS):
            yield Closing(key, Closure.PERIOD_OVER)
        elif key.basis is Basis.STALE and key.episode < level.period.day_number(level.now):
            yield Closing(key, Closure.REARMED)


def _has(budget: Budget, key: AlertKey) -> bool:
    """Whether a budget still has the threshold of an alert."""
    match key.basis:
        case Basis.ACTUAL | Basis.FORECAST:
            return any(key.threshold == one.threshold_id for one in budget.thresholds)
        case Basis.BURN:
            return any(key.threshold == one.threshold_id for one in budget.burns)
        case Basis.ANOMALY:
            return budget.has_anomalies
        case Basis.STALE:
            return budget.max_staleness is not None
        case Basis.UNRATED:
            return budget.max_unrated_percent is not None


def _speak_once(crossings: Sequence[Crossing], known: Records) -> list[Crossing]:
    """Of several thresholds that were reached, the highest is sent and names the others."""
    told = [
        (record.key.basis, record.threshold_usd)
        for record in known.values()
        if record.closure in {None, Closure.ACKNOWLEDGED} and record.threshold_usd is not None
    ]
    spoken: list[Crossing] = []
    loud = [one for one in crossings if not _is_covered(one, crossings, told)]
    for one in crossings:
        covered = [
            other.reading.written
            for other in crossings
            if other is not one and other not in loud and _covers(one.reading, other.reading)
        ]
        is_loud = one in loud
        spoken.append(replace(one, is_sent=is_loud, also=tuple(covered) if is_loud else ()))
    return spoken


def _is_covered(
    one: Crossing, crossings: Sequence[Crossing], told: Sequence[tuple[Basis, Decimal]]
) -> bool:
    """Whether a higher threshold speaks for one, now or before."""
    reading = one.reading
    if reading.basis not in _BY_AMOUNT or reading.threshold_usd is None:
        return False
    if any(other is not one and _covers(other.reading, reading) for other in crossings):
        return True
    return any(
        amount > reading.threshold_usd
        if basis is reading.basis
        else basis is Basis.ACTUAL and amount >= reading.threshold_usd
        for basis, amount in told
    )


def _covers(higher: Reading, lower: Reading) -> bool:
    """Whether what one threshold says makes the other's news old; never both ways."""
    if higher.threshold_usd is None or lower.threshold_usd is None:
        return False
    if higher.basis is lower.basis:
        rank = (higher.threshold_usd, higher.threshold_id)
        return rank > (lower.threshold_usd, lower.threshold_id)
    is_actual = higher.basis is Basis.ACTUAL and lower.basis is Basis.FORECAST
    return is_actual and higher.threshold_usd >= lower.threshold_usd
