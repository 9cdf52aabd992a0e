"""The report `anomalies`: unusual days with their cause, and what changed, most at stake first.

Rule of this file: a finding is one sentence with the amount that is at stake. What is too small to
act on is left out; the bounds stand at the top.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from string import hexdigits

from pricing.money import format_usd, multiply_exact, round_half_up, shortest
from reports.anomaly import LEAST_DAYS, Episode, find_episodes
from reports.derivations.asked import Asked
from reports.derive import Line

_NOTHING = Decimal(0)
LEAST_USD = Decimal(1)
"""Slower versions and failed runs with less than this at stake are left out."""
_LEAST_RUNS = 20
_SLOWER = Decimal("1.25")
"""Times the 95th percentile of before, from which on a version got slower."""
_WASTE_PART = Decimal("0.1")
"""Part of what a model cost that went into runs without success, from which on it is told."""
CAUSE_DAYS = 28
"""Days before an unusual one whose mean a cause is held against."""
_CAUSE_PART = Decimal("0.9")
"""A narrower cause is named where it explains so much of what the widest explains."""
_DIGEST_DIGITS = 64
"""Of the versions that Replicate makes; those of other records may have names."""


class Kind(StrEnum):
    """What was found."""

    NEW_SPEND = "new spend"
    ABOVE_USUAL = "above usual"
    NEW_MODEL = "new model"
    SLOWER_VERSION = "slower version"
    FAILED_BUT_BILLED = "failed but billed"
    CHANGED_HARDWARE = "changed hardware"

    @property
    def is_of_days(self) -> bool:
        """Whether it is about unusual days; else about something that changed."""
        return self in {Kind.NEW_SPEND, Kind.ABOVE_USUAL}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what, since when, about what, how much is at stake, and one sentence.

    Attributes:
        model: that changed; '' of days.
        hardware: the tier that is new, of changed hardware alone.
        episode: the days, of unusual ones alone.
    """

    kind: Kind
    first_day: str | None
    last_day: str | None
    subject: str
    at_stake_usd: Decimal | None
    sentence: str
    model: str = ""
    hardware: str = ""
    episode: Episode | None = None

    def line(self) -> Line:
        """The finding as cells."""
        return {
            "kind": str(self.kind),
            "first_day": self.first_day,
            "last_day": self.last_day,
            "subject": self.subject,
            "at_stake_usd": self.at_stake_usd,
            "finding": self.sentence,
            "model": self.model or None,
            "hardware": self.hardware or None,
        }


def anomaly_lines(lines: Sequence[Line], asked: Asked) -> tuple[list[Line], Line]:
    """The findings, most at stake first; nothing of them adds up."""
    found = [*_unusual_days(lines, asked), *_changes(lines, asked)]
    return [one.line() for one in sorted(found, key=_order)], {}


def _order(one: Finding) -> tuple[bool, Decimal, str, str, str]:
    """Most at stake first, what is not known last."""
    at_stake = one.at_stake_usd
    sign = Decimal(0) if at_stake is None else -at_stake
    return at_stake is None, sign, one.kind, one.subject, one.first_day or ""


def _unusual_days(lines: Sequence[Line], asked: Asked) -> Iterator[Finding]:
    """The episodes that touch the period."""
    days = asked.days([line for line in lines if line["kind"] == "day"], "amount_usd")
    causes = [line for line in lines if line["kind"] == "cause"]
    start = asked.start.astimezone(asked.period.zone).date()
    for episode in find_episodes(days):
        if episode.last >= start:
            yield describe_episode(episode, *_cause(episode, causes))


def describe_episode(
    episode: Episode, subject: str = "", excess_usd: Decimal = _NOTHING
) -> Finding:
    """An episode as a finding.

    Args:
        episode: the unusual days.
        subject: their cause (`name_cause`), '' where nobody can say.
        excess_usd: what the cause cost above its mean.
    """
    first, last = episode.first.isoformat(), episode.last.isoformat()
    span = first if first == last else f"{first} to {last}"
    cost = f"{span} cost {format_usd(episode.spent_usd)}"
    if episode.is_new_spend:
        kind, told = Kind.NEW_SPEND, f"{cost} where nothing was spent before"
    else:
        kind = Kind.ABOVE_USUAL
        told = f"{cost}, {format_usd(episode.excess_usd)} above what is usual"
    sentence = (
        f"{told}; most by {subject}, {format_usd(excess_usd)} above its mean" if subject else told
    )
    return Finding(kind, first, last, subject, episode.excess_usd, sentence, episode=episode)


def _cause(episode: Episode, causes: Sequence[Line]) -> tuple[str, Decimal]:
    """What had the largest excess: a deployment or model before the tier that it runs on."""
    excesses: dict[tuple[str, str], Decimal] = {}
    for line in causes:
        if episode.first.isoformat() <= str(line["day"]) <= episode.last.isoformat():
            name = line["deployment"] or line["model"] or line["hardware"]
            key = (str(line["subject"]), str(name))
            mean = _amount(line, "before_usd") / CAUSE_DAYS
            excesses[key] = excesses.get(key, Decimal(0)) + _amount(line, "amount_usd") - mean
    return name_cause(excesses)


def name_cause(excesses: Mapping[tuple[str, str], Decimal]) -> tuple[str, Decimal]:
    """The cause of unusual days and its excess, US dollars; '' and 0 where nothing has any.

    Args:
        excesses: what a thing cost above its mean, US dollars, by `deployment`, `model` or `tier`
            and its name.
    """
    most = max(excesses.values(), default=Decimal(0))
    if most <= 0:
        return "", Decimal(0)
    close = [one for one, excess in excesses.items() if excess >= _CAUSE_PART * most]
    order = ("deployment", "model", "tier")
    best = min(close, key=lambda one: (order.index(one[0]), -excesses[one], one[1]))
    return f"{best[0]} {best[1]}", excesses[best]


def _changes(lines: Sequence[Line], asked: Asked) -> Iterator[Finding]:
    """What changed against the days before the period, where there are enough of them."""
    if not asked.utc_dates or asked.start.date() - asked.utc_dates[0] < timedelta(days=LEAST_DAYS):
        return
    tellers = {
        "model": _new_model,
        "version": _slower_version,
        "waste": _failed_but_billed,
        "hardware": _changed_hardware,
    }
    for line in lines:
        teller = tellers.get(str(line["kind"]))
        found = teller(line) if teller else None
        if found is not None:
            yield found


def _new_model(line: Line) -> Finding:
    """A model of which nothing was seen in the days before the period."""
    model, value = str(line["model"]), line["amount_usd"]
    amount = value if isinstance(value, Decimal) else None
    cost = "has no amount" if amount is None else f"cost {format_usd(amount)} since"
    unrated = _count(line, "runs")
    lack = f"; {unrated:,} of its predictions are unrated" if unrated else ""
    sentence = f"{model} was not seen before {_day(line)} and {cost}{lack}"
    subject = f"model {model}"
    return Finding(Kind.NEW_MODEL, _day(line), None, subject, amount, sentence, model)


def _slower_version(line: Line) -> Finding | None:
    """A version whose 95th percentile of run time grew."""
    now, before = line["seconds_p95"], line["before_seconds_p95"]
    runs = min(_count(line, "runs"), _count(line, "before_runs"))
    if runs < _LEAST_RUNS or not isinstance(now, Decimal) or not isinstance(before, Decimal):
        return None
    extra = _amount(line, "amount_usd") * (1 - before / now) if now else Decimal(0)
    if now < _SLOWER * before or extra < LEAST_USD:
        return None
    subject = f"{line['model']}:{_brief(str(line['version'] or ''))}".removesuffix(":")
    sentence = (
        f"95 of 100 runs of {subject} took up to {_seconds(now)} s, before the period up to "
        f"{_seconds(before)} s"
    )
    return Finding(
        kind=Kind.SLOWER_VERSION,
        first_day=_day(line),
        last_day=None,
        subject=f"version {subject}",
        at_stake_usd=round_half_up(extra, 2),
        sentence=sentence,
        model=str(line["model"]),
    )


def _failed_but_billed(line: Line) -> Finding | None:
    """A model much of whose cost went into runs that did not succeed."""
    wasted, whole = _amount(line, "amount_usd"), _amount(line, "before_usd")
    if wasted < LEAST_USD or wasted < multiply_exact(_WASTE_PART, whole):
        return None
    model, runs = str(line["model"]), _count(line, "runs")
    percent = round_half_up(wasted / whole * 100, 0)
    sentence = (
        f"{runs:,} runs of {model} that did not succeed cost {format_usd(wasted)}, "
        f"{percent} % of all that it cost"
    )
    subject = f"model {model}"
    return Finding(Kind.FAILED_BUT_BILLED, _day(line), None, subject, wasted, sentence, model)


def _changed_hardware(line: Line) -> Finding:
    """A tier on which a model or deployment did not run before the period."""
    amount, tier = _amount(line, "amount_usd"), str(line["hardware"])
    deployment, model = line["deployment"], line["model"]
    subject = f"deployment {deployment}" if deployment else f"model {model}"
    sentence = (
        f"{deployment or model} ran on {tier} from {_day(line)} on for {format_usd(amount)}, "
        f"before the period on {line['subject']}"
    )
    return Finding(
        kind=Kind.CHANGED_HARDWARE,
        first_day=_day(line),
        last_day=None,
        subject=subject,
        at_stake_usd=amount,
        sentence=sentence,
        model=str(model or ""),
        hardware=tier,
    )


def _brief(version: str) -> str:
    """A version as people tell it from others: a digest by its beginning, a name whole.

    >>> _brief("ab2d9e1e" * 8), _brief("release-1")
    ('ab2d9e1e', 'release-1')
    """
    is_digest = len(version) == _DIGEST_DIGITS and not set(version) - set(hexdigits)
    return version[:8] if is_digest else version


def _day(line: Line) -> str | None:
    day = line["day"]
    return day if isinstance(day, str) else None


def _amount(line: Line, name: str) -> Decimal:
    """An amount of a line; nothing where nothing of it is rated."""
    amount = line[name]
    return amount if isinstance(amount, Decimal) else Decimal(0)


def _count(line: Line, name: str) -> int:
    count = line[name]
    return count if isinstance(count, int) else 0


def _seconds(seconds: Decimal) -> str:
    return f"{shortest(round_half_up(seconds, 1)):,f}"
