"""From what was asked to a scenario: what is missing is assumed, by one table, and said.

Rule of this file: nothing is assumed that only the user can know: how much, how long, on what.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from costing.errors import UsageError
from costing.simulation.policy_name import Means, read_policy
from costing.simulation.request import ScenarioRequest, header_of, meaning_of, overlay, values_of
from costing.simulation.supply import Supply, find_supply
from pricing.simulator.autoscaler import Autoscaler, find_autoscaler
from pricing.simulator.demand import BUSINESS_WEEK, Demand, Profile, Trace
from pricing.simulator.duration import Duration, Lognormal, lognormal_by_median
from pricing.simulator.estimate import Estimate, exactly, within
from pricing.simulator.load import measure_load
from pricing.simulator.policy import MOST_INSTANCES, Policy, other_tier
from pricing.simulator.scenario import (
    PUBLIC_WAIT_P95_RATIO,
    Overheads,
    Scenario,
    Target,
    Uncertainty,
)

if TYPE_CHECKING:
    from costing.settings import Settings
    from costing.simulation.history import History

_T = TypeVar("_T")
_BOOT_TAIL, _OWN_BOOT_TAIL = 4.0, 2.0
"""P95 of boots over their median, about as it is where both are assumed."""

ASSUMED = ScenarioRequest(
    days=30,
    replications=40,
    seed=1,
    accept_old_prices=False,
    scv=0.5,
    week=BUSINESS_WEEK,
    burstiness=0.5,
    growth_per_week=1.0,
    calendar=(),
    growth=1.0,
    idle_timeout=Estimate(60, 600),
    requests_per_boot=Estimate(1, 10),
    boot_median=30.0,
    boot_p95=120.0,
    own_boot_median=100.0,
    own_boot_p95=180.0,
    autoscaler="knative",
    target_wait=30.0,
    target_percentile=95.0,
    target_overflow=1.0,
    ops_hours=Decimal(8),
    ops_hour_price=Decimal(100),
    tooling=Decimal(0),
    storage_gb=Decimal(100),
    storage_gb_price=Decimal("0.08"),
    egress_gb_per_request=Decimal(0),
    egress_gb_price=Decimal("0.09"),
    volume_factor=within(1.0, 1.5),
    seconds_factor=within(1.0, 1.2),
    price_factor=within(1.0, 1.1),
    boot_factor=within(1.0, 1.5),
    public_wait=Estimate(0.3, 6.0),
)
"""What is taken where nothing was asked; sources in docs/simulation.md."""

_SILENT = frozenset({"replications", "seed", "accept_old_prices", "calendar", "growth_per_week"})
"""Said elsewhere, or nothing at all as they are assumed."""
_OF_PROFILE = frozenset({"scv", "week", "burstiness"})
_OF_HISTORY = frozenset({"growth"})
_OF_OWN = frozenset(
    {"ops_hours", "ops_hour_price", "tooling", "storage_gb", "storage_gb_price", "price_factor"}
    | {"egress_gb_per_request", "egress_gb_price", "autoscaler", "target_overflow"}
    | {"own_boot_median", "own_boot_p95"}
)


@dataclass(frozen=True, slots=True)
class Assembly:
    """A scenario, and what was assumed in it: (name, value, what it is)."""

    scenario: Scenario
    supply: Supply
    assumed: tuple[tuple[str, str, str], ...]


def assemble(
    request: ScenarioRequest, settings: Settings, now: datetime, history: History | None = None
) -> Assembly:
    """Make the scenario.

    Raises:
        UsageError: something that only the user can know is missing, or contradicts itself.
        PricingError: a price, hardware, GPU or autoscaler is not there; an input is impossible.
    """
    assumed = _assumptions(request, history)
    if history:
        request = replace(request, hardware=history.sku)
    whole = overlay(assumed, request)
    demand = _recorded(request, history) if history else _guessed(request, whole)
    supply = find_supply(whole, settings, now)
    if request.price_factor is not None:
        supply = supply.at_one_price()
    means = Means(supply, _scaler(whole), _boot(whole), find_autoscaler(_must(whole.autoscaler)))
    uncertainty = _uncertainty(whole, history)
    uncertainty = replace(uncertainty, price=_both(uncertainty.price, supply.price_factor))
    scenario = Scenario(
        demand=demand,
        tier=supply.tier,
        today=now.date(),
        policies=_policies(whole, means, demand, uncertainty),
        gpu=supply.gpu,
        target=_target(whole),
        overheads=_overheads(whole),
        uncertainty=uncertainty,
        days=_must(whole.days),
        patience_seconds=whole.patience,
        replications=_must(whole.replications),
        seed=_must(whole.seed),
        accepts_old_prices=_must(whole.accept_old_prices),
    )
    is_own = supply.gpu is not None
    said = _said(request, assumed, is_own=is_own, history=history)
    return Assembly(scenario, supply, (*supply.assumed, *said))


def _assumptions(request: ScenarioRequest, history: History | None) -> ScenarioRequest:
    """What is assumed: of a history it is certain what came, and what was seen is no guess.

    A boot that the request says anything of is not calibrated: half of each would be of neither.
    Where it gives the median alone, the 95th percentile follows it.
    """
    known = ASSUMED
    if request.boot_median:
        known = replace(known, boot_p95=_BOOT_TAIL * request.boot_median)
    if request.own_boot_median:
        known = replace(known, own_boot_p95=_OWN_BOOT_TAIL * request.own_boot_median)
    return known if history is None else _seen(known, request, history)


def _seen(known: ScenarioRequest, request: ScenarioRequest, history: History) -> ScenarioRequest:
    """What is assumed of a history."""
    known = replace(known, seconds_factor=exactly(1.0), volume_factor=exactly(1.0))
    if not history.recording.is_resampled:
        known = replace(known, days=max(1, ceil(history.days)))
    if history.waits.p50:
        known = replace(known, public_wait=within(max(float(history.waits.p50), 0.001), 1.1))
    seen = history.calibration
    if seen is None:
        return known
    if seen.idle_seconds:
        known = replace(known, idle_timeout=seen.idle_seconds)
    if seen.boot_median_seconds is None or request.boot_median or request.boot_p95:
        return known
    return replace(
        known,
        boot_median=seen.boot_median_seconds,
        boot_p95=seen.boot_p95_seconds,
        boot_factor=within(1.0, 1.1),
    )


def _ground(name: str, value: object, history: History | None) -> str:
    """On what a value rests that a history gave; empty where it is assumed."""
    if history is None:
        return ""
    if name == "public_wait" and history.waits.p50:
        return f" (from {history.waits.seen:,} recorded waits)"
    seen = history.calibration
    if seen is None:
        return ""
    calibrated = {
        "boot_median": seen.boot_median_seconds,
        "boot_p95": seen.boot_p95_seconds,
        "idle_timeout": seen.idle_seconds,
    }
    return " (calibrated)" if calibrated.get(name) == value else ""


def _said(
    request: ScenarioRequest,
    assumed: ScenarioRequest,
    *,
    is_own: bool,
    history: History | None,
) -> tuple[tuple[str, str, str], ...]:
    hidden = _SILENT | (_OF_PROFILE if history else _OF_HISTORY)
    hidden |= frozenset() if is_own else _OF_OWN
    taken = {
        name: value
        for name, value in values_of(assumed).items()
        if value is not None and name not in hidden
    }
    given = values_of(request)
    return tuple(
        (name, show(value) + _ground(name, value, history), meaning_of(name))
        for name, value in taken.items()
        if given[name] is None
    )


def show(value: object) -> str:
    """A value of a scenario as people read it.

    >>> show(Estimate(60, 600)), show(0.5)
    ('60 to 600', '0.5')
    """
    match value:
        case Estimate() if value.is_certain:
            return f"{value.low:.4g}"
        case Estimate():
            return f"{value.low:.3g} to {value.high:.3g}"
        case float():
            return f"{value:g}"
        case tuple() if value == BUSINESS_WEEK:
            return "business: work days from eight to five, little at weekends"
        case _:
            return str(value)


def _guessed(request: ScenarioRequest, whole: ScenarioRequest) -> Profile:
    for name, value in values_of(request).items():
        if header_of(name) == "history" and value:
            option = f"--{name.replace('_', '-')}"
            help_text = "add --from-history, or leave it out"
            raise UsageError(f"{option} is about a history, and none is taken", help=help_text)
    for name in ("requests_per_day", "seconds"):
        if getattr(request, name) is None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} is missing, which only you can know",
                help="costing simulate --requests-per-day 20000 --seconds 6 --hardware "
                "gpu-a100-large, or --from-history",
            )
    return Profile(
        requests_per_day=_must(whole.requests_per_day),
        service=Lognormal(_must(whole.seconds), _must(whole.scv)),
        week=_must(whole.week),
        burstiness=_must(whole.burstiness),
        growth_per_week=_must(whole.growth_per_week),
        calendar=_must(whole.calendar),
    )


def _recorded(request: ScenarioRequest, history: History) -> Demand:
    for name in ("requests_per_day", "seconds", "scv", "week", "burstiness", "calendar"):
        if getattr(request, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} guesses what --from-history takes from the ledger",
                help="scale it with --growth, or leave one of them out",
            )
    return history.recording


def _scaler(whole: ScenarioRequest) -> Autoscaler:
    idle, backlog = _must(whole.idle_timeout), _must(whole.requests_per_boot)
    return replace(find_autoscaler("replicate"), idle_seconds=idle, backlog=backlog)


def _boot(whole: ScenarioRequest) -> Duration:
    return lognormal_by_median(_must(whole.boot_median), _must(whole.boot_p95))


def _target(whole: ScenarioRequest) -> Target:
    return Target(
        percentile=_must(whole.target_percentile),
        wait_seconds=_must(whole.target_wait),
        overflow_share=_must(whole.target_overflow),
        cost_usd=whole.target_cost,
    )


def _overheads(whole: ScenarioRequest) -> Overheads:
    return Overheads(
        ops_hours=_must(whole.ops_hours),
        ops_hour_usd=_must(whole.ops_hour_price),
        tooling_usd=_must(whole.tooling),
        storage_gb=_must(whole.storage_gb),
        storage_gb_usd=_must(whole.storage_gb_price),
        egress_gb_per_request=_must(whole.egress_gb_per_request),
        egress_gb_usd=_must(whole.egress_gb_price),
    )


def _uncertainty(whole: ScenarioRequest, history: History | None) -> Uncertainty:
    volume, growth = _must(whole.volume_factor), _must(whole.growth)
    return Uncertainty(
        volume=_both(volume, exactly(growth)),
        service=_must(whole.seconds_factor),
        price=_must(whole.price_factor),
        boot=_must(whole.boot_factor),
        public_wait_seconds=_must(whole.public_wait),
        public_wait_p95_ratio=_tail(history),
    )


def _tail(history: History | None) -> float:
    """How many times its median the 95th percentile of public waits is."""
    if history is None or not history.waits.p50 or history.waits.p95 is None:
        return PUBLIC_WAIT_P95_RATIO
    return max(1.0, float(history.waits.p95 / history.waits.p50))


def _both(first: Estimate, second: Estimate) -> Estimate:
    """Bounds of the product of two factors."""
    return Estimate(first.low * second.low, first.high * second.high)


def _policies(
    whole: ScenarioRequest, means: Means, demand: Demand, uncertainty: Uncertainty
) -> tuple[Policy, ...]:
    """Those that were asked, else one of every kind that there is, large enough for the peak."""
    others = tuple(other_tier(tier) for tier in means.supply.others)
    if whole.policies is not None:
        return (*others, *(read_policy(text, means) for text in whole.policies))
    high = uncertainty.volume.high * uncertainty.service.high
    most = _room(busiest(demand) * high * means.supply.tier.time.high)
    texts = [f"private 0-{most}", f"deployment 1-{most}"]
    gpu = means.supply.gpu
    if gpu is not None and gpu.gpus_per_unit == 1:
        own = _room(busiest(demand) * high * gpu.time.high)
        texts.append(f"autoscaled 1-{own}")
        if means.supply.reserved is not None:
            base = min(max(1, round(busiest(demand) / 3)), own)
            texts.append(f"reserved {base} to {own} above 4")
    return (*others, *(read_policy(text, means) for text in texts))


def _room(busy: float) -> int:
    """Instances that carry a busy hour with its waverings."""
    return min(ceil(1.3 * busy) + 3, MOST_INSTANCES)


def busiest(demand: Demand) -> float:
    """Instances of the reference tier that are busy in the busiest hour (Erlang)."""
    if isinstance(demand, Profile):
        peak = max(demand.week) * 168 / sum(demand.week)
        return demand.requests_per_day * demand.service.mean_seconds / 86_400 * peak
    return measure_load(Trace(demand.arrivals, demand.services, demand.length)).offered_peak


def _must(value: _T | None) -> _T:
    assert value is not None
    return value
