"""Under which terms a subject is priced at an instant: class, rule, hardware, unit and unit price.

The rule this file owns is the order of the classes. A deployment, or a model that the user's map
calls private, is billed by online time; a model that the map calls active, by active time; a model
that the book prices by unit, or whose version is hidden, by unit; then what Replicate says of the
model decides: a private one is billed by online time, an official one by unit; all else by active
time. A training is priced by its trainer's time unless the book prices the trainer by step. What
has no unit price in force is unrated and never priced by time; but a unit price that was announced
ahead changes nothing before its instant (`onset`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from pricing.book import Picked, PriceBook, RateInterval
from pricing.catalogue import Catalogue
from pricing.hardware import (
    DeploymentRelease,
    EvidenceKind,
    HardwareEvidence,
    Witnesses,
    resolve_hardware,
)
from pricing.hardware_map import Billing, HardwareMap, MapEntry
from pricing.model_fact import ModelFact
from pricing.reason import Reason
from pricing.rule import BillingClass, RuleBook, Scope
from pricing.sku import skus
from pricing.unit import SECOND, find_unit
from pricing.usage import Subject

TRAINING_STEP = "training_step"
"""The one unit of units.toml that trainings are priced by."""

INPUT_PREFIX = "input."
"""How the key of an asked quantity begins: `input.duration` stands for the input's `duration`."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """Everything that prices are resolved by.

    Attributes:
        releases: of all deployments, in any order; of two at one instant the first counts.
        catalogue: None refuses its weak evidence.
        model_facts: what Replicate said of models, by model; see `facts_by_model`.
    """

    book: PriceBook
    rules: RuleBook
    hardware_map: HardwareMap = field(default_factory=HardwareMap)
    releases: tuple[DeploymentRelease, ...] = ()
    catalogue: Catalogue | None = None
    model_facts: Mapping[str, tuple[ModelFact, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """How one component of a subject's charges is priced. A row of the temp table `term`.

    Attributes:
        component: from 0; `components` is how many the subject has.
        starts_at, ends_at: [start, end) in aware UTC, None where open. `resolve` speaks of one
            instant and leaves both open; `compile_terms` fills them.
        class_: billing class; `rule` is the name of the billing rule.
        evidence: kind of evidence on hardware, None where hardware plays no part; `evidence_at`
            says where it stands.
        metric, metric_alias: the billing metrics that count the unit, asked in this order.
        input_field: key of the asked quantity (`input.duration`), asked next; in units of it,
            `input_factor` is the billed quantity.
        sibling_keys: every key that any of the components accepts.
        fixed_quantity: what every run counts as (1 for the unit run).
        unit_price_usd: None where unrated; `list_price_usd` is the price before discounts.
        is_lower_bound: whether the record shows only a part of what is billed.
        reason: why there is no price; None when priced.
    """

    subject_id: int
    component: int
    components: int
    starts_at: datetime | None
    ends_at: datetime | None
    class_: BillingClass
    rule: str
    sku: str | None = None
    evidence: EvidenceKind | None = None
    evidence_at: str | None = None
    unit: str | None = None
    metric: str | None = None
    metric_alias: str | None = None
    input_field: str | None = None
    input_factor: Decimal | None = None
    sibling_keys: tuple[str, ...] = ()
    fixed_quantity: Decimal | None = None
    unit_price_usd: Decimal | None = None
    list_price_usd: Decimal | None = None
    price_version: str | None = None
    price_source: str | None = None
    is_estimate: bool = False
    is_lower_bound: bool = False
    reason: Reason | None = None

    @property
    def is_by_unit(self) -> bool:
        """Whether units are billed, not time."""
        return self.class_ is BillingClass.BY_UNIT


def resolve(subject: Subject, instant: datetime, tariff: Tariff) -> tuple[Term, ...]:
    """Return the terms of a subject at an instant, one for each unit that is priced.

    An unrated subject has exactly one, whose `reason` says what is missing.
    """
    return resolve_known(subject, instant, tariff, tariff.hardware_map.matching(subject))


def resolve_known(
    subject: Subject, instant: datetime, tariff: Tariff, entries: tuple[MapEntry, ...]
) -> tuple[Term, ...]:
    """Resolve as `resolve` does, with the matching entries of the user's map already found."""
    billing_class, scope = classify(subject, instant, tariff, entries)
    rule = tariff.rules.rule(billing_class, instant, scope).rule_id
    if billing_class is BillingClass.BY_UNIT:
        return _unit_terms(subject, instant, tariff.book, rule)
    evidence = find_evidence(subject, instant, tariff, entries)
    return (_time_term(subject, instant, tariff.book, billing_class, rule, evidence),)


def classify(
    subject: Subject, instant: datetime, tariff: Tariff, entries: Iterable[MapEntry]
) -> tuple[BillingClass, Scope]:
    """Return the billing class of a subject, and of which of its rules."""
    billing = _stated_billing(instant, entries)
    if subject.deployment or billing is Billing.PRIVATE:
        return BillingClass.ONLINE_TIME, Scope.ALL
    if billing is Billing.ACTIVE:
        return BillingClass.ACTIVE_TIME, Scope.FINE_TUNE
    if subject.is_hidden or _is_priced_by_unit(subject, instant, tariff.book):
        return BillingClass.BY_UNIT, Scope.ALL
    return _class_by_facts(subject, instant, tariff), Scope.ALL


def _class_by_facts(subject: Subject, instant: datetime, tariff: Tariff) -> BillingClass:
    """Return the class that Replicate says of the model; a trainer is billed by time."""
    facts = () if subject.is_training else tariff.model_facts.get(subject.model, ())
    fact = next((one for one in facts if one.holds_at(instant)), None)
    if fact is None:
        return BillingClass.ACTIVE_TIME
    if fact.is_private:
        return BillingClass.ONLINE_TIME
    return BillingClass.BY_UNIT if fact.is_official else BillingClass.ACTIVE_TIME


def find_evidence(
    subject: Subject, instant: datetime, tariff: Tariff, entries: tuple[MapEntry, ...]
) -> HardwareEvidence:
    """Return the hardware of a subject billed by time; see `resolve_hardware` for the order.

    A model's own rate and the catalogue speak of public models: of what is billed by active time
    and is not called active by the user's map.
    """
    billing_class, scope = classify(subject, instant, tariff, entries)
    is_active = billing_class is BillingClass.ACTIVE_TIME
    witnesses = Witnesses(
        book=tariff.book,
        entries=entries,
        releases=releases_of(subject, tariff),
        catalogue=tariff.catalogue if is_active and scope is Scope.ALL else None,
        is_own_rate_asked=is_active,
    )
    return resolve_hardware(subject, instant, witnesses)


def releases_of(subject: Subject, tariff: Tariff) -> tuple[DeploymentRelease, ...]:
    """Return the releases of a subject's deployment."""
    if not subject.deployment:
        return ()
    return tuple(one for one in tariff.releases if one.deployment == subject.deployment)


def pick_subject_rates(subject: Subject, instant: datetime, book: PriceBook) -> Picked:
    """Pick the unit prices of a subject: steps for a training, all other units for the rest."""
    picked = book.pick_rates(subject.model, instant, dict(subject.selectors))
    return Picked(
        tuple(one for one in picked.rates if _is_for(subject, one.rate.key.unit)),
        tuple(miss for miss in picked.missed if _is_for(subject, miss.unit)),
    )


def _is_for(subject: Subject, unit: str) -> bool:
    return (unit == TRAINING_STEP) == subject.is_training


def _stated_billing(instant: datetime, entries: Iterable[MapEntry]) -> Billing | None:
    stated = (one.billing for one in entries if one.billing is not None and one.holds_at(instant))
    return next(stated, None)


def _is_priced_by_unit(subject: Subject, instant: datetime, book: PriceBook) -> bool:
    """Tell whether the book prices a subject by unit: a training by step, all else by any unit."""
    unit = TRAINING_STEP if subject.is_training else None
    return book.has_unit_prices(subject.model, instant, unit=unit)


def _time_term(
    subject: Subject,
    instant: datetime,
    book: PriceBook,
    billing_class: BillingClass,
    rule: str,
    evidence: HardwareEvidence,
) -> Term:
    interval = second_rate(subject, instant, book, evidence)
    return Term(
        subject_id=subject.subject_id,
        component=0,
        components=1,
        starts_at=None,
        ends_at=None,
        class_=billing_class,
        rule=rule,
        sku=evidence.sku,
        evidence=evidence.kind,
        evidence_at=evidence.where or None,
        unit=SECOND,
        unit_price_usd=interval.rate.price_usd if interval else None,
        list_price_usd=interval.list_price_usd if interval else None,
        price_version=interval.rate.reference if interval else None,
        price_source=interval.rate.source if interval else None,
        is_estimate=evidence.is_estimate or subject.is_instance,
        is_lower_bound=billing_class is BillingClass.ONLINE_TIME and not subject.is_instance,
        reason=None if interval else _time_reason(evidence.sku, book),
    )


def second_rate(
    subject: Subject, instant: datetime, book: PriceBook, evidence: HardwareEvidence
) -> RateInterval | None:
    """Return the price of a second under the evidence on hardware; None where there is none."""
    if evidence.kind is EvidenceKind.MODEL_RATE:
        return book.model_second_rate(subject.model, instant)
    return None if evidence.sku is None else book.sku_rate(evidence.sku, instant)


def _time_reason(sku: str | None, book: PriceBook) -> Reason:
    """Tell why a second has no price; what the book ever priced is known, by whatever name."""
    if sku is None:
        return Reason.NO_HARDWARE
    is_known = sku in book.sku_seconds or sku in skus()
    return Reason.NO_RATE if is_known else Reason.UNKNOWN_HARDWARE


def _unit_terms(
    subject: Subject, instant: datetime, book: PriceBook, rule: str
) -> tuple[Term, ...]:
    picked = pick_subject_rates(subject, instant, book)
    if not picked.is_complete:
        reason = Reason.NO_TIER if picked.rates or picked.missed else Reason.NO_UNIT_PRICE
        return (_unpriced_term(subject, rule, reason),)
    keys = tuple(dict.fromkeys(key for one in picked.rates for key in quantity_keys(one)))
    return tuple(
        _unit_term(subject, rule, (component, len(picked.rates)), interval, keys)
        for component, interval in enumerate(picked.rates)
    )


def _unpriced_term(subject: Subject, rule: str, reason: Reason) -> Term:
    return Term(
        subject_id=subject.subject_id,
        component=0,
        components=1,
        starts_at=None,
        ends_at=None,
        class_=BillingClass.BY_UNIT,
        rule=rule,
        reason=reason,
    )


def quantity_keys(interval: RateInterval) -> tuple[str, ...]:
    """Return the keys of a record's quantities that a unit price may be multiplied by, in order."""
    field_ = interval.rate.input_field
    asked = (INPUT_PREFIX + field_,) if field_ else ()
    return (*find_unit(interval.rate.key.unit).metrics, *asked)


def _unit_term(
    subject: Subject,
    rule: str,
    place: tuple[int, int],
    interval: RateInterval,
    sibling_keys: tuple[str, ...],
) -> Term:
    rate = interval.rate
    unit = find_unit(rate.key.unit)
    metric, metric_alias, *_ = (*unit.metrics, None, None)
    return Term(
        subject_id=subject.subject_id,
        component=place[0],
        components=place[1],
        starts_at=None,
        ends_at=None,
        class_=BillingClass.BY_UNIT,
        rule=rule,
        unit=unit.unit,
        metric=metric,
        metric_alias=metric_alias,
        input_field=INPUT_PREFIX + rate.input_field if rate.input_field else None,
        input_factor=(rate.input_factor or Decimal(1)) if rate.input_field else None,
        sibling_keys=sibling_keys,
        fixed_quantity=unit.fixed_quantity,
        unit_price_usd=rate.price_usd,
        list_price_usd=interval.list_price_usd,
        price_version=rate.reference,
        price_source=rate.source,
    )
