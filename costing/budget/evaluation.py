"""From levels and what was told before to what is to be told now: the state machine of alerts.

    none ──reached──> open ──limit raised above the level, or fallen off──> re-armed ──reached──> …
                       │  (actual spend never falls off: it stays latched)
                       └──acknowledged, period over──> closed for this period

Stale data is nobody's budget but the ledger's: it is told once a day for all budgets at once. What
lacks an amount is told for all budgets that are found so by one run, and so is what changed.

Rule of this file: pure, and judged by levels rather than by changes, so that a run that was missed
only delays. An alert's key alone decides whether it was told; two runs that see the same levels and
records give the same, in whichever order they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal

from costing.budget.alert import (
    EVERY_BUDGET,
    AlertKey,
    AlertRecord,
    Basis,
    Closing,
    Closure,
)
from costing.budget.budget import Budget
from costing.budget.level import Level
from costing.budget.reading import Reading, Verdict, read_level
from reports.derivations.anomalies import Kind

_OF_RUNNING_PERIODS = frozenset({Basis.FORECAST, Basis.BURN})
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
        is_sent: False where another crossing speaks for it.
        also: what else this one speaks for, as people write it.
        about: names of the budgets that it speaks for, where there are others than its own.
    """

    key: AlertKey
    level: Level
    reading: Reading
    is_sent: bool = True
    also: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


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
        crossings += _speak_of_changes(_speak_once(opened, known))
        closings |= {one.key: one for reading in readings for one in _close(level, reading, known)}
    stale = _stale_crossing(levels)
    for closing in _close_rest(open_records, levels, budgets, stale):
        closings.setdefault(closing.key, closing)
    crossings = _speak_of_unrated(crossings)
    if stale is not None and _is_news(stale.key, latest):
        crossings.append(stale)
    return Evaluation(tuple(crossings), tuple(closings.values()))


def _stale_crossing(levels: Sequence[Level]) -> Crossing | None:
    """That data is stale, today, for all budgets that it touches; None where it is not.

    Where budgets name different ages, passing the next one is one more episode, so that the budgets
    which it touches are named, too.
    """
    touched = [level for level in levels if level.is_current and level.is_stale]
    if not touched:
        return None
    ages = {level.budget.max_staleness for level in touched}
    today = touched[0].now.astimezone(UTC).date().isoformat()
    key = AlertKey(EVERY_BUDGET, today, Basis.STALE, Basis.STALE, len(ages))
    [reading] = [one for one in read_level(touched[0]) if one.basis is Basis.STALE]
    return Crossing(key, touched[0], reading, about=tuple(one.budget.name for one in touched))


def _is_news(key: AlertKey, latest: Mapping[tuple[str, str], Records]) -> bool:
    """Whether nothing was told under a key's threshold in its period, or less."""
    record = latest.get((key.budget, key.period), {}).get((key.basis, key.threshold))
    return record is None or record.key.episode < key.episode


def _open(level: Level, reading: Reading, known: Records) -> Iterator[Crossing]:
    """The crossing of a threshold that is reached, unless it was told and did not re-arm."""
    if reading.verdict is not Verdict.ON or reading.basis is Basis.STALE:
        return
    record = known.get((reading.basis, reading.threshold_id))
    episode = _next_episode(level.budget, record)
    if episode is not None:
        name, period = level.budget.name, level.period.key
        key = AlertKey(name, period, reading.basis, reading.threshold_id, episode)
        yield Crossing(key, level, reading)


def _next_episode(budget: Budget, record: AlertRecord | None) -> int | None:
    """The number of the episode that begins; None where none does."""
    if record is None:
        return 1
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
    if _is_raised(level.budget, reading, record):
        yield Closing(record.key, Closure.LIMIT_RAISED)
    elif reading.verdict is Verdict.OFF:
        yield Closing(record.key, Closure.REARMED)


def _is_raised(budget: Budget, reading: Reading, record: AlertRecord) -> bool:
    """Whether the amount is larger than when it was reached, and above the level now."""
    amount, level, before = reading.threshold_usd, reading.level_usd, record.threshold_usd
    if amount is None or level is None or before is None:
        return False
    return amount > before and not budget.reaches(level, amount)


def _close_rest(
    records: Iterable[AlertRecord],
    levels: Sequence[Level],
    budgets: Sequence[Budget],
    stale: Crossing | None,
) -> Iterator[Closing]:
    """Closings of open alerts of which no threshold speaks any more."""
    names = {budget.name: budget for budget in budgets}
    live = {(one.budget.name, one.period.key): one for one in levels}
    for record in records:
        key = record.key
        level = live.get((key.budget, key.period))
        if key.basis is Basis.STALE:
            if stale is None or stale.key != key:
                yield Closing(key, Closure.REARMED)
        elif key.budget not in names or not _has(names[key.budget], key):
            yield Closing(key, Closure.BUDGET_GONE)
        elif level is None or (not level.is_current and key.basis in _OF_RUNNING_PERIODS):
            yield Closing(key, Closure.PERIOD_OVER)


def _has(budget: Budget, key: AlertKey) -> bool:
    """Whether a budget still has the threshold of an alert."""
    match key.basis:
        case Basis.ACTUAL | Basis.FORECAST:
            return any(key.threshold == one.threshold_id for one in budget.thresholds)
        case Basis.BURN:
            return any(key.threshold == one.threshold_id for one in budget.burns)
        case Basis.ANOMALY:
            kind = key.threshold.split(":")[1]
            return kind in budget.anomalies if kind in set(Kind) else budget.has_unusual_days
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
    leveled = [one for one in crossings if one.reading.basis in _BY_AMOUNT]
    quiet = [one for one in leveled if _is_covered(one, leveled, told)]
    muted = {one.key for one in quiet}
    return [
        replace(one, is_sent=False)
        if one.key in muted
        else replace(
            one,
            also=tuple(
                other.reading.written for other in quiet if _covers(one.reading, other.reading)
            ),
        )
        for one in crossings
    ]


def _speak_of_changes(crossings: Sequence[Crossing]) -> list[Crossing]:
    """Of several changes of a budget that are found at once, what costs most names the others."""
    changes = [one for one in crossings if one.reading.is_change]
    loud, quiet = _let_one_speak(changes, lambda one: one.reading.level_usd or Decimal())
    others = [one for one in crossings if not one.reading.is_change]
    also = tuple(one.reading.described for one in quiet)
    return [*others, *(replace(one, also=also) for one in loud), *quiet]


def _speak_of_unrated(crossings: Sequence[Crossing]) -> list[Crossing]:
    """Of several budgets that lack amounts, the one that lacks most speaks for all of them."""
    unrated = [one for one in crossings if one.reading.basis is Basis.UNRATED]
    loud, quiet = _let_one_speak(unrated, lambda one: Decimal(one.level.unrated))
    others = [one for one in crossings if one.reading.basis is not Basis.UNRATED]
    names = tuple(dict.fromkeys(one.key.budget for one in [*loud, *quiet]))
    about = names if len(names) > 1 else ()
    return [*others, *(replace(one, about=about) for one in loud), *quiet]


def _let_one_speak(
    crossings: Sequence[Crossing], rank: Callable[[Crossing], Decimal]
) -> tuple[list[Crossing], list[Crossing]]:
    """The highest of them, none of no crossings; and the others, which are not sent."""
    ordered = sorted(crossings, key=lambda one: (-rank(one), one.key))
    return ordered[:1], [replace(one, is_sent=False) for one in ordered[1:]]


def _is_covered(
    one: Crossing, crossings: Sequence[Crossing], told: Sequence[tuple[Basis, Decimal]]
) -> bool:
    """Whether a higher threshold speaks for one, now or before."""
    reading = one.reading
    if reading.threshold_usd is None:
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
