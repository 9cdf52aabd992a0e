"""An answer for programs: a JSON envelope, and the policies as CSV, both with every digit.

Rule of this file: money is text, so that no reader turns it into a double; what was simulated and
is no money is a number; unknown is null. `schema` changes only when a reader would have to.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pricing.money import shortest
from pricing.simulator.comparison import Result, Spread

if TYPE_CHECKING:
    from costing.simulation.history import History
    from costing.simulation.pool_history import PoolSeen, WaitsSeen
    from costing.simulation.use_case import Simulation
    from pricing.simulator.break_even import VolumePoint
    from pricing.simulator.calibration import Calibration
    from pricing.simulator.tornado import Bar

SCHEMA = "costing.simulation/2"
CURRENCY = "USD"

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]

CSV_TITLES = (
    *("policy", "kind", "cost_usd_p5", "cost_usd_p50", "cost_usd_p95", "cost_usd_mean"),
    *("wait_seconds_p50", "wait_seconds_p95", "wait_seconds_p99"),
    *("response_seconds_p50", "response_seconds_p95", "response_seconds_p99"),
    *("utilisation", "online", "smallest", "largest", "overflow_share", "cold_share", "met_share"),
)


def envelope(simulation: Simulation) -> dict[str, Json]:
    """The answer as JSON values."""
    answer = simulation.answer
    scenario, load = answer.scenario, answer.load
    return {
        "schema": SCHEMA,
        "currency": CURRENCY,
        "asked_on": str(scenario.today),
        "days": scenario.days,
        "seed": scenario.seed,
        "replications": scenario.replications,
        "monte_carlo_error_share": answer.noise,
        "is_compiled": answer.is_compiled,
        "recommendation": _recommendation(simulation),
        "load": {name: getattr(load, name) for name in load.__slots__},
        "rows": [_result(result) for result in answer.results],
        "sizing": _sizing(simulation),
        "naive": _naive(simulation),
        "volumes": [_volume(point) for point in answer.volumes],
        "break_even": [
            {name: getattr(one, name) for name in one.__slots__} for one in answer.break_even
        ],
        "tornado": [_bar(bar) for bar in answer.tornado],
        "history": _history(simulation.history),
        **_grounds(simulation),
    }


def _recommendation(simulation: Simulation) -> dict[str, Json]:
    chosen = simulation.answer.recommendation
    return {
        "policy": chosen.result.policy.name,
        "sentence": chosen.sentence,
        "confidence": chosen.confidence,
        "meets_target": chosen.meets_target,
    }


def _grounds(simulation: Simulation) -> dict[str, Json]:
    """What the answer rests on, and what to doubt."""
    answer = simulation.answer
    return {
        "assumed": [
            {"name": name, "value": value, "meaning": meaning}
            for name, value, meaning in simulation.assumed
        ],
        "ranges": [_bar(bar) for bar in answer.ranges],
        "refused": list(answer.refused),
        "warnings": list(answer.warnings),
        "prices": [{"name": name, "as_of": str(as_of)} for name, as_of in answer.prices],
    }


def _volume(point: VolumePoint) -> dict[str, Json]:
    return {
        "requests_per_day": point.requests_per_day,
        "public_usd": money(point.public_usd),
        "fleet_usd": money(point.fleet_usd),
        "hybrid_usd": money(point.hybrid_usd),
    }


def _bar(bar: Bar) -> dict[str, Json]:
    return {
        "name": bar.name,
        "low": bar.low,
        "high": bar.high,
        "low_usd": money(bar.low_usd),
        "high_usd": money(bar.high_usd),
        "against_low_usd": money(bar.against_low_usd),
        "against_high_usd": money(bar.against_high_usd),
        "low_wait_seconds_p95": bar.low_wait_seconds,
        "high_wait_seconds_p95": bar.high_wait_seconds,
        "policy": bar.policy.name,
    }


def policies_csv(simulation: Simulation) -> str:
    """The policies, a line each, with every digit."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_TITLES)
    writer.writerows(_line(result) for result in simulation.answer.results)
    return text.getvalue()


def money(amount: Decimal | None) -> str | None:
    """An amount with all its digits."""
    return None if amount is None else f"{shortest(amount):f}"


def _line(result: Result) -> list[object]:
    policy = result.policy
    costs = (result.cost_usd_p5, result.cost_usd_p50, result.cost_usd_p95, result.cost_usd_mean)
    times = (*result.waits, *result.responses)
    shares = (result.overflow_share, result.cold_share)
    return [
        *(policy.name, policy.kind.value, *map(money, costs)),
        *(one.p50 for one in times),
        *(result.utilisation.p50, result.online.p50, policy.smallest, policy.largest),
        *(*(one.p50 for one in shares), result.met_share),
    ]


def _result(result: Result) -> dict[str, Json]:
    policy = result.policy
    waits, responses = result.waits, result.responses
    return {
        "policy": policy.name,
        "kind": policy.kind.value,
        "smallest": policy.smallest,
        "largest": policy.largest,
        "cost_usd_p5": money(result.cost_usd_p5),
        "cost_usd_p50": money(result.cost_usd_p50),
        "cost_usd_p95": money(result.cost_usd_p95),
        "cost_usd_mean": money(result.cost_usd_mean),
        "error_share": result.error_share,
        "parts_usd": {part.value: money(amount) for part, amount in result.parts_usd.items()},
        "wait_seconds": {f"p{p}": _spread(w) for p, w in zip((50, 95, 99), waits, strict=True)},
        "response_seconds": {
            f"p{p}": _spread(one) for p, one in zip((50, 95, 99), responses, strict=True)
        },
        "cold_share": _spread(result.cold_share),
        "overflow_share": _spread(result.overflow_share),
        "timeout_share": _spread(result.timeout_share),
        "utilisation": _spread(result.utilisation),
        "online": _spread(result.online),
        "met_share": result.met_share,
    }


def _spread(one: Spread) -> dict[str, Json]:
    return {"p5": one.p5, "p50": one.p50, "p95": one.p95, "error": one.error}


def _sizing(simulation: Simulation) -> dict[str, Json] | None:
    sizing = simulation.answer.sizing
    if sizing is None:
        return None
    return {
        "fleet": sizing.fleet.name if sizing.fleet else None,
        "hybrid": sizing.hybrid.name if sizing.hybrid else None,
        "needed_utilisation": sizing.needed,
        "break_even_ratio": sizing.break_even_ratio,
        "gpus": [
            {"gpu": one.gpu, "utilisation": one.utilisation, "pays": one.pays}
            for one in sizing.worths
        ],
    }


def _naive(simulation: Simulation) -> dict[str, Json] | None:
    naive = simulation.answer.naive
    if naive is None:
        return None
    return {
        "gpus": naive.gpus,
        "own_usd": money(naive.own_usd),
        "public_usd": money(naive.public_usd),
        "utilisation": naive.utilisation,
        "saving_share": naive.saving_share,
    }


def _history(history: History | None) -> dict[str, Json] | None:
    if history is None:
        return None
    waits = history.waits
    return {
        "sku": history.sku,
        "start": history.starts_at.isoformat(),
        "end": history.ends_at.isoformat(),
        "requests": len(history.recording.arrivals),
        "left_out": history.left_out,
        "charged_usd": money(history.charged_usd),
        "replayed_usd": money(history.replayed_usd),
        "is_reproduced": history.is_reproduced,
        "waits_seen": _waits(waits),
        "calibration": _calibration(history.calibration),
        "pool": _pool(history.pool),
    }


def _waits(waits: WaitsSeen) -> dict[str, Json]:
    return {
        "count": waits.seen,
        **{p: _text(getattr(waits, p)) for p in ("p50", "p95", "p99")},
    }


def _calibration(found: Calibration | None) -> dict[str, Json] | None:
    if found is None:
        return None
    idle = found.idle_seconds
    return {
        "came_late": found.came_late,
        "boot_median_seconds": found.boot_median_seconds,
        "boot_p95_seconds": found.boot_p95_seconds,
        "idle_seconds": {"low": idle.low, "high": idle.high} if idle else None,
    }


def _pool(pool: PoolSeen | None) -> dict[str, Json] | None:
    """The pool that was played again: its recorded waits beside the model's, in seconds."""
    if pool is None:
        return None
    modelled = zip(("p50", "p95", "p99"), pool.modelled, strict=True)
    return {
        "name": pool.waits.pool,
        "requests": pool.waits.requests,
        "waits_seen": _waits(pool.waits),
        "waits_modelled": dict(modelled),
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
