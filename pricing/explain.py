"""Why a record costs what it costs, in lines that a person reads.

The rule this file owns: an explanation is made of the same resolution and the same charge that the
ledger sums, never of a second reckoning. It ends with an amount that is not rounded, or with what
is missing and the step that mends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from pricing.book import RateInterval
from pricing.hardware import EvidenceKind, HardwareEvidence
from pricing.money import format_usd
from pricing.rating import Charge, State, rate
from pricing.reason import Reason, mend
from pricing.rule import Pay, Rule
from pricing.sku import near_skus
from pricing.term import (
    Tariff,
    Term,
    find_evidence,
    pick_subject_rates,
    second_rate,
)
from pricing.unit import SECOND, find_unit
from pricing.usage import Basis, Usage, charge_instant_source

_LABEL_WIDTH = 12
_BASES = {
    Basis.PREDICT_TIME: "metrics.predict_time",
    Basis.TIMES: "completed_at - started_at, as predict_time is missing or negative",
    Basis.NEVER_RAN: "it was stopped before it started",
    Basis.METRIC: "metrics",
    Basis.INPUT: "what the input asked for, as the metrics do not count it",
    Basis.RUN: "every run is one",
}
_EVIDENCE = {
    EvidenceKind.RECORD: "the record says so",
    EvidenceKind.DEPLOYMENT: "its deployment ran on it then",
    EvidenceKind.MAP: "your map says so",
    EvidenceKind.MODEL_RATE: "the model has a price of its own per second",
    EvidenceKind.CATALOGUE: "the model was seen on it, which is weak evidence",
    EvidenceKind.NONE: "nobody says",
}


def explain(usage: Usage, tariff: Tariff, *, is_hardware_given: bool = False) -> tuple[str, ...]:
    """Return the lines that explain a record's charges.

    `is_hardware_given` tells that the record's hardware was said at its ingest, not by itself.
    Record; charge instant; class and rule with its source; hardware and evidence; then for each
    component the price with version, interval and source, the formula with its numbers and the
    unrounded amount, or what is missing and the command that mends it.
    """
    charges = rate(usage, tariff)
    rule = tariff.rules.named(charges[0].term.rule)
    lines = [*_record_lines(usage), *_rule_lines(rule, usage.status)]
    evidence = None
    if not charges[0].term.is_by_unit:
        entries = tariff.hardware_map.matching(usage.subject)
        evidence = find_evidence(usage.subject, usage.charged_at, tariff, entries)
        lines.append(_hardware_line(evidence, is_given=is_hardware_given))
    for charge in charges:
        lines += _charge_lines(charge, _price_interval(charge, tariff, evidence))
    if len(charges) > 1 and all(charge.amount_usd is not None for charge in charges):
        total = sum((charge.amount_usd or Decimal(0) for charge in charges), Decimal(0))
        lines.append(_line("total", format_usd(total, full=True)))
    lines += _caution_lines(charges)
    return (*lines, *_missing_lines(charges[0], tariff))


def _line(label: str, text: str) -> str:
    return f"{label:{_LABEL_WIDTH}}{text}"


def _record_lines(usage: Usage) -> Iterator[str]:
    subject = usage.subject
    yield _line("record", f"{usage.prediction_id}, a {subject.kind}, {usage.status}")
    yield _line("model", f"{subject.model or '(none)'}, version {subject.version or '(none)'}")
    if subject.deployment:
        yield _line("deployment", subject.deployment)
    if subject.selectors:
        yield _line(
            "selectors", ", ".join(f"{name} = {value}" for name, value in subject.selectors)
        )
    source = charge_instant_source(usage.completed_at, usage.started_at)
    yield _line("charged at", f"{_instant(usage.charged_at)}, its {source}")


def _rule_lines(rule: Rule, status: str) -> Iterator[str]:
    since = "" if rule.since.year == 1 else f" since {_instant(rule.since)}"
    pays = rule.pays.get(status)
    told = {
        Pay.USAGE: "pays for what it used",
        Pay.NOTHING: "pays nothing",
        Pay.LATER: "pays later",
    }
    verdict = f"{status} {told[pays]}" if pays else f"{status!r} is a status that no rule knows"
    doubt = "" if rule.is_documented(status) else ", though the documentation does not settle it"
    yield _line("class", f"{rule.billing_class}, by rule {rule.rule_id}{since}: {verdict}{doubt}")
    yield _line("", rule.note)
    yield _line("", f"source: {rule.source}")


def _hardware_line(evidence: HardwareEvidence, *, is_given: bool) -> str:
    where = f" ({evidence.where})" if evidence.where else ""
    note = f"; {evidence.note}" if evidence.note else ""
    sku = evidence.sku or ("of no matter" if evidence.where else "unknown")
    if is_given and evidence.kind is EvidenceKind.RECORD:
        return _line("hardware", f"{sku}: given at ingest, by --hardware{note}")
    return _line("hardware", f"{sku}: {_EVIDENCE[evidence.kind]}{where}{note}")


def _price_interval(
    charge: Charge, tariff: Tariff, evidence: HardwareEvidence | None
) -> RateInterval | None:
    """Return the price interval behind a charge; None where it is unpriced."""
    subject, instant = charge.usage.subject, charge.usage.charged_at
    if evidence is not None:
        return second_rate(subject, instant, tariff.book, evidence)
    picked = pick_subject_rates(subject, instant, tariff.book)
    rates = (one for one in picked.rates if one.rate.key.unit == charge.term.unit)
    return next(rates, None)


def _charge_lines(charge: Charge, interval: RateInterval | None) -> Iterator[str]:
    unit = _unit_name(charge.term)
    if interval is not None and charge.term.unit_price_usd is not None:
        yield from _price_lines(interval, unit)
    if charge.quantity is not None and charge.quantity_basis is not None:
        basis = _BASES[charge.quantity_basis]
        used = _plain(charge.quantity)
        yield _line("used", f"{used} {unit if used == '1' else _several(unit)}: {basis}")
    if charge.state is not State.RATED:
        return
    if charge.pays is Pay.NOTHING:
        spared = charge.spared_amount_usd
        told = f"; it would have cost {format_usd(spared, full=True)}" if spared else ""
        yield _line("amount", f"$0.00, as {charge.usage.status} pays nothing{told}")
    elif charge.amount_usd is not None:
        price = format_usd(charge.term.unit_price_usd, full=True)
        amount = format_usd(charge.amount_usd, full=True)
        used = _plain(charge.quantity or Decimal(0))
        yield _line("amount", f"{used} × {price} = {amount}, unrounded")


def _price_lines(interval: RateInterval, unit: str) -> Iterator[str]:
    rate_ = interval.rate
    tier = "".join(f", {selector} {condition}" for selector, condition in rate_.key.when)
    price = format_usd(rate_.price_usd, full=True)
    yield _line("price", f"{price} per {unit}{tier}, from {rate_.reference}")
    yield _line("", _in_force(interval))
    if interval.list_price_usd is not None and interval.list_price_usd != rate_.price_usd:
        yield _line("", f"list price {format_usd(interval.list_price_usd, full=True)}")
    published = f"published as {rate_.published}; " if rate_.published else ""
    yield _line("", f"{published}confidence {rate_.confidence}; source: {rate_.source or '(none)'}")


def _in_force(interval: RateInterval) -> str:
    start = _instant(interval.starts_at)
    if interval.ends_at is None:
        return f"in force since {start}, without a known end"
    return f"in force from {start} until {_instant(interval.ends_at)}"


def _caution_lines(charges: tuple[Charge, ...]) -> Iterator[str]:
    if any(charge.is_estimate for charge in charges):
        yield _line(
            "estimate", "weak evidence, reckoned time or an undocumented rule, as told above"
        )
    if any(charge.is_lower_bound for charge in charges):
        yield _line("lower bound", "the record shows only a part of what is billed")


def _missing_lines(charge: Charge, tariff: Tariff) -> Iterator[str]:
    if charge.state is State.PENDING:
        yield _line("amount", "pending: it has not ended")
    if charge.reason is not None:
        yield _line("amount", f"{format_usd(None)} unrated: {charge.reason}")
        yield _line("missing", _missing(charge, charge.reason, tariff))
        yield _line("mend", mend(charge.reason))


def _missing(charge: Charge, reason: Reason, tariff: Tariff) -> str:
    """Say in one phrase what is missing."""
    subject, book = charge.usage.subject, tariff.book
    place = f"at {_instant(charge.usage.charged_at)} in book {book.name}"
    missed = pick_subject_rates(subject, charge.usage.charged_at, book).missed
    return {
        Reason.NO_HARDWARE: "what it ran on: neither record, deployment, map nor catalogue says it",
        Reason.UNKNOWN_HARDWARE: _unknown_name(charge.term.sku or ""),
        Reason.NO_RATE: f"a price of {charge.term.sku} {place}{_withdrawal(charge, tariff)}",
        Reason.NO_UNIT_PRICE: f"a price by unit of {subject.model or '(no model)'} {place}",
        Reason.NO_TIER: "; ".join(map(str, missed)) or f"a tier of its price {place}",
        Reason.NO_RUN_TIME: "how long it ran: no predict_time, and no start before a completion",
        Reason.NO_QUANTITY: f"how much it used: none of {', '.join(charge.term.sibling_keys)}",
        Reason.UNKNOWN_STATUS: f"what status {charge.usage.status!r} pays",
    }[reason]


def _unknown_name(text: str) -> str:
    near = near_skus(text)
    meant = f"; the nearest names are {' and '.join(near)}" if near else ""
    return f'which tier "{text}" means: no tier and no book has that name{meant}'


def _withdrawal(charge: Charge, tariff: Tariff) -> str:
    """Say since when, and by which version, a tier is not sold; or from when on it is."""
    timeline = tariff.book.sku_seconds.get(charge.term.sku or "")
    if timeline is None:
        return ", which never priced it"
    interval = timeline.at(charge.usage.charged_at)
    if interval is None:
        return f": its first price is from {_instant(timeline.starts[0])}"
    return f": withdrawn from {_instant(interval.starts_at)} on by {interval.rate.reference}"


def _unit_name(term: Term) -> str:
    return find_unit(term.unit or SECOND).name


def _several(unit: str) -> str:
    """The plural of a unit's name; what stands behind "of" or "that" is not counted.

    >>> _several("second of run time"), _several("output image")
    ('seconds of run time', 'output images')
    """
    return re.sub(r"(?= of | that |$)", "s", unit, count=1)


def _plain(quantity: Decimal) -> str:
    """Write a quantity without zeros at the end."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
