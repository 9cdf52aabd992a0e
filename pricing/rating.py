"""One usage, one price: what a record costs, component by component, and why.

`rate` says of one record what the view `charge` (costing/ledger/views/charge.sql) says of millions,
to the last digit and in every column; a test holds the two equal. Whoever changes one changes both.

The rule this file owns: what a status pays nothing for costs zero, whatever else is unknown; what
it pays for needs hardware or a tier, a price and a quantity, and where one is missing the record is
unrated and has no amount. Nothing is ever priced by a neighbour, a default or zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from pricing.compilation import compile_terms
from pricing.hardware import DeploymentRelease, HardwareEvidence
from pricing.hardware_map import HardwareMap
from pricing.money import QUANTITY_SCALE, amount_usd, multiply_exact
from pricing.reason import Reason
from pricing.rule import BillingClass, Pay, RuleBook
from pricing.term import Tariff, Term, resolve
from pricing.usage import (
    QUANTITY_LIMIT,
    Basis,
    Subject,
    Usage,
    active_seconds,
    charge_instant,
    queue_seconds,
)

__all__ = [
    "Basis",
    "BillingClass",
    "Charge",
    "DeploymentRelease",
    "HardwareEvidence",
    "HardwareMap",
    "Pay",
    "Reason",
    "RuleBook",
    "State",
    "Subject",
    "Tariff",
    "Term",
    "Usage",
    "active_seconds",
    "charge_instant",
    "compile_terms",
    "rate",
    "resolve",
]

CANCELED = "canceled"
"""The status at which only measured units count: what was asked for did not come."""

_ZERO = Decimal(0)
_QUANTITY_STEP = Decimal(1).scaleb(-QUANTITY_SCALE)
_ROUNDED = Context(prec=60)


class State(StrEnum):
    """What became of a record's price."""

    RATED = "rated"
    UNRATED = "unrated"
    PENDING = "pending"  # not finished: it is not known yet what it pays


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a unit a record used.

    Attributes:
        quantity: units, at most 9 decimals.
        is_missing: whether the record shows other components and not this one, which then counts
            as zero.
    """

    quantity: Decimal
    basis: Basis
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """What one component of a record costs: a row of the view `charge`.

    Attributes:
        usage: the record; the view repeats its columns and its subject's.
        term: how it is priced; the view repeats class, rule, hardware, unit, prices and sources.
        pays: what its status pays; None where the status is unknown.
        quantity: units used; None where nothing believable says it.
        billed_quantity: units paid for; zero where the status pays nothing, None while pending.
        amount_usd: exact and unrounded, up to 21 decimals; None where unrated or pending.
        list_amount_usd: the same at list prices.
        spared_amount_usd: what a run that costs nothing would have cost; zero where it is paid.
        reason: why it is unrated.
        is_estimate: whether it rests on weak evidence, on reckoned time or on an undocumented rule.
        is_lower_bound: whether more is billed than the record shows.
        active_seconds, queue_seconds: of the record, on component 0 only.
    """

    usage: Usage
    term: Term
    pays: Pay | None
    quantity: Decimal | None
    billed_quantity: Decimal | None
    quantity_basis: Basis | None
    amount_usd: Decimal | None
    list_amount_usd: Decimal | None
    spared_amount_usd: Decimal | None
    state: State
    reason: Reason | None
    is_estimate: bool
    is_lower_bound: bool
    active_seconds: Decimal | None
    queue_seconds: Decimal | None

    @property
    def component(self) -> int:
        """Which of the record's components this is, from 0."""
        return self.term.component

    @property
    def predictions(self) -> int:
        """1 on component 0 and 0 on others, so that the sum counts predictions."""
        return 1 if self.term.component == 0 else 0


def rate(usage: Usage, tariff: Tariff) -> tuple[Charge, ...]:
    """Return what a record costs: one charge for each component of its price."""
    terms = resolve(usage.subject, usage.charged_at, tariff)
    return tuple(_charge(usage, term, tariff.rules) for term in terms)


def _charge(usage: Usage, term: Term, rules: RuleBook) -> Charge:
    rule = rules.named(term.rule)
    pays = rule.pays.get(usage.status)
    measure = measure_usage(usage, term)
    reason = _reason(pays, term, measure)
    is_paid = reason is None and pays is Pay.USAGE
    is_final = reason is None and pays is not Pay.LATER
    quantity = measure.quantity if measure else None
    is_weak = term.is_estimate or (measure is not None and measure.basis is Basis.TIMES)
    active = active_seconds(usage)
    is_first = term.component == 0
    return Charge(
        usage=usage,
        term=term,
        pays=pays,
        quantity=quantity,
        billed_quantity=_paid(pays, quantity),
        quantity_basis=measure.basis if measure else None,
        amount_usd=_paid(pays, _product(term.unit_price_usd, quantity)),
        list_amount_usd=_paid(pays, _product(term.list_price_usd, quantity)),
        spared_amount_usd=_spared(pays, is_paid, _product(term.unit_price_usd, quantity)),
        state=_state(pays, reason),
        reason=reason,
        is_estimate=is_final and (not rule.is_documented(usage.status) or (is_paid and is_weak)),
        is_lower_bound=is_paid
        and (term.is_lower_bound or (measure is not None and measure.is_missing)),
        active_seconds=active[0] if active and is_first else None,
        queue_seconds=queue_seconds(usage) if is_first else None,
    )


def _state(pays: Pay | None, reason: Reason | None) -> State:
    if reason is not None:
        return State.UNRATED
    return State.PENDING if pays is Pay.LATER else State.RATED


def _reason(pays: Pay | None, term: Term, measure: Measure | None) -> Reason | None:
    """Return what is missing for an amount; what pays nothing, or later, misses nothing."""
    if pays is None:
        return Reason.UNKNOWN_STATUS
    if pays is not Pay.USAGE:
        return None
    if term.reason is not None or measure is not None:
        return term.reason
    return Reason.NO_QUANTITY if term.is_by_unit else Reason.NO_RUN_TIME


def _product(price: Decimal | None, quantity: Decimal | None) -> Decimal | None:
    return None if price is None or quantity is None else amount_usd(price, quantity)


def _paid(pays: Pay | None, value: Decimal | None) -> Decimal | None:
    """Return what of a value is paid: all, nothing, or not known yet."""
    if pays is Pay.NOTHING:
        return _ZERO
    return value if pays is Pay.USAGE else None


def _spared(pays: Pay | None, is_paid: bool, value: Decimal | None) -> Decimal | None:  # noqa: FBT001
    if pays is Pay.NOTHING:
        return value
    return _ZERO if is_paid else None


def measure_usage(usage: Usage, term: Term) -> Measure | None:
    """Return how much of a term's unit a record used; None where nothing believable says it."""
    if term.is_by_unit:
        return _measure_units(usage, term)
    active = active_seconds(usage)
    return None if active is None else Measure(*active)


def _measure_units(usage: Usage, term: Term) -> Measure | None:
    """Count units: by metric, by its alias, by what was asked for, by the run.

    Of a canceled record only metrics count, and what they do not show was not made. Where several
    units are priced and the record shows some of them, one that it does not show counts as zero.
    """
    for metric in (term.metric, term.metric_alias):
        counted = _reading(usage.quantities, metric)
        if counted is not None:
            return Measure(counted, Basis.METRIC)
    if usage.status == CANCELED:
        return Measure(_ZERO, Basis.METRIC)
    asked = _asked(usage.quantities, term)
    if asked is not None:
        return Measure(asked, Basis.INPUT)
    if term.components > 1 and not _shows_any(usage.quantities, term.sibling_keys):
        return None
    if term.fixed_quantity is not None:
        return Measure(term.fixed_quantity, Basis.RUN)
    return Measure(_ZERO, Basis.METRIC, is_missing=True) if term.components > 1 else None


def _reading(quantities: Mapping[str, Decimal], key: str | None) -> Decimal | None:
    """Return a count of a record; a negative one is none."""
    value = None if key is None else quantities.get(key)
    return value if value is not None and value >= 0 else None


def _asked(quantities: Mapping[str, Decimal], term: Term) -> Decimal | None:
    """Return the asked quantity in billed units, rounded half up to 9 decimals."""
    asked = _reading(quantities, term.input_field)
    if asked is None or term.input_factor is None:
        return None
    exact = multiply_exact(asked, term.input_factor)
    rounded = exact.quantize(_QUANTITY_STEP, rounding=ROUND_HALF_UP, context=_ROUNDED)
    return rounded if rounded < QUANTITY_LIMIT else None


def _shows_any(quantities: Mapping[str, Decimal], keys: tuple[str, ...]) -> bool:
    return any(_reading(quantities, key) is not None for key in keys)
