"""An answer as tables of text, which every form for people shows: terminal, Markdown and page.

Rule of this file: one table for each thing that people need, rounded here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.simulation.figure import UNKNOWN, count, seconds, share, share_saved
from pricing.money import format_usd, round_lines
from pricing.simulator.amount import places_of, rough_usd
from pricing.simulator.comparison import Result
from pricing.simulator.policy import PolicyKind, Tier

if TYPE_CHECKING:
    from costing.simulation.history import History
    from costing.simulation.pool_history import WaitsSeen
    from costing.simulation.use_case import Simulation

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.

    Attributes:
        name: short, for anchors.
        titles: of the columns.
        text_columns: how many columns at the left are text; the others are numbers.
        note: what to read with it; may be empty.
    """

    name: str
    title: str
    titles: Row
    rows: tuple[Row, ...]
    text_columns: int = 1
    note: str = ""


def make_sheets(simulation: Simulation) -> tuple[Sheet, ...]:
    """All tables of an answer, the most wanted first."""
    made = (
        _policies(simulation),
        _parts(simulation),
        _naive(simulation),
        _worths(simulation),
        _volumes(simulation),
        _tornado(simulation),
        _demand(simulation),
        _history(simulation),
        _assumed(simulation),
        _ranges(simulation),
        _prices(simulation),
    )
    return tuple(sheet for sheet in made if sheet is not None and sheet.rows)


def target_text(simulation: Simulation) -> str:
    """The target in one line."""
    target = simulation.answer.scenario.target
    limits = [f"P{target.percentile:g} of waits ≤ {seconds(target.wait_seconds)}"]
    if target.overflow_share < 1:
        limits.append(f"at most {share(target.overflow_share)} overflow")
    if target.cost_usd is not None:
        limits.append(f"cost ≤ {rough_usd(target.cost_usd)}")
    return ", ".join(limits)


def _policies(simulation: Simulation) -> Sheet:
    titles = (
        *("policy", "cost P5", "P50", "P95", "wait P50", "P95 ", "P99"),
        *("busy", "fleet", "online", "overflow", "meets target"),
    )
    rows = tuple(_policy_row(result) for result in simulation.answer.results)
    note = f"target: {target_text(simulation)}; busy: active share of the paid instance time"
    return Sheet("policies", "Policies", titles, rows, note=note)


def _policy_row(result: Result) -> Row:
    policy = result.policy
    has_pool = policy.largest > 0
    costs = (result.cost_usd_p5, result.cost_usd_p50, result.cost_usd_p95)
    low, high = policy.smallest, policy.largest
    fleet = f"{low}" if low == high else f"{low} to {high}"
    overflow = share(result.overflow_share.p50) if policy.overflow and has_pool else UNKNOWN
    return (
        policy.name,
        *map(rough_usd, costs),
        *(seconds(wait.p50) for wait in result.waits),
        share(result.utilisation.p50) if has_pool else UNKNOWN,
        fleet if has_pool else UNKNOWN,
        count(result.online.p50) if has_pool else UNKNOWN,
        overflow,
        share(result.met_share),
    )


def _parts(simulation: Simulation) -> Sheet:
    results = simulation.answer.results
    parts = list(dict.fromkeys(part for result in results for part in result.parts_usd))
    rows = []
    for result in results:
        places = places_of(result.cost_usd_mean)
        amounts = [result.parts_usd.get(part, Decimal(0)) for part in parts]
        lines = round_lines(amounts, places)
        cells = [_cell(line, exact) for line, exact in zip(lines, amounts, strict=True)]
        rows.append((result.policy.name, *cells, _cell(sum(lines, Decimal(0)), Decimal(1))))
    note = (
        "means over the replications; overflow is what Replicate takes, all of it in a public model"
    )
    titles = ("policy", *map(str, parts), "mean cost")
    return Sheet("parts", "What the cost is made of", titles, tuple(rows), note=note)


def _cell(rounded: Decimal, exact: Decimal) -> str:
    """A rounded line; nothing at all, and too little to show, are no zero dollars."""
    if not exact:
        return UNKNOWN
    unit = Decimal(1).scaleb(int(rounded.as_tuple().exponent))
    return f"${rounded:,f}" if rounded else f"<${unit:f}"


def _naive(simulation: Simulation) -> Sheet | None:
    answer = simulation.answer
    naive, sizing = answer.naive, answer.sizing
    if naive is None or sizing is None:
        return None
    by_policy = {result.policy: result for result in answer.results}
    public = answer.results[0]
    fleet = by_policy.get(sizing.fleet) if sizing.fleet else None
    mixed = by_policy.get(sizing.hybrid) if sizing.hybrid else None
    rows = [
        ("own GPUs", f"{naive.gpus}", _size(fleet), _size(mixed)),
        ("cost of them", rough_usd(naive.own_usd), _cost(fleet), _cost(mixed)),
        ("Replicate", *(rough_usd(naive.public_usd), *(rough_usd(public.cost_usd_p50),) * 2)),
        ("busy", share(naive.utilisation), _busy(fleet), _busy(mixed)),
        ("saves", share_saved(naive.saving_share), _saved(fleet, public), _saved(mixed, public)),
    ]
    titles = ("", "spreadsheet of averages", "simulated fleet", "simulated hybrid")
    note = (
        "the spreadsheet takes every GPU as busy as the average and nobody as waiting; the fleet "
        "is the smallest, the hybrid the cheapest that met the target; simulated amounts are "
        "medians (P50), the spreadsheet's are means"
    )
    return Sheet("naive", "The answer of averages beside ours", titles, tuple(rows), note=note)


def _size(result: Result | None) -> str:
    return "none meets the target" if result is None else str(result.policy.largest)


def _cost(result: Result | None) -> str:
    return rough_usd(result.cost_usd_p50 if result else None)


def _busy(result: Result | None) -> str:
    return share(result.utilisation.p50) if result else UNKNOWN


def _saved(result: Result | None, public: Result) -> str:
    if result is None or not public.cost_usd_p50:
        return UNKNOWN
    return share_saved(float(1 - result.cost_usd_p50 / public.cost_usd_p50))


def _worths(simulation: Simulation) -> Sheet | None:
    sizing, gpu = simulation.answer.sizing, simulation.answer.scenario.gpu
    if sizing is None or gpu is None:
        return None
    rows = tuple(
        (f"{one.gpu}", share(one.utilisation), share(one.needed), "yes" if one.pays else "no")
        for one in sizing.worths
    )
    ratio, wins = sizing.break_even_ratio, ""
    if ratio is not None:
        verb = f"wins where r ≤ {ratio:.2f}" if ratio > 0 else "never wins at this volume"
        wins = f"; a fleet that meets the target {verb}"
    note = (
        f"a GPU pays where it is busier than r = {sizing.needed:.2f}, its price for the same work "
        f"over Replicate's{wins}"
    )
    titles = ("own GPU", "busy", "needs", "pays")
    return Sheet("worths", f"What each {gpu.name} is worth", titles, rows, note=note)


def _volumes(simulation: Simulation) -> Sheet:
    rows = tuple(
        (
            count(point.requests_per_day),
            rough_usd(point.public_usd),
            rough_usd(point.fleet_usd),
            rough_usd(point.hybrid_usd),
            "own GPUs" if point.is_own_cheaper else "Replicate",
        )
        for point in simulation.answer.volumes
    )
    titles = ("requests a day", "Replicate", "fleet", "hybrid", "cheaper")
    note = break_even_text(simulation)
    note += "; amounts are of one play each, all that is uncertain at its middle" if rows else ""
    return Sheet("volumes", "Cost over volume", titles, rows, 0, note)


def break_even_text(simulation: Simulation) -> str:
    """At which volumes own GPUs are cheaper, in one sentence."""
    answer = simulation.answer
    if not answer.volumes:
        return ""
    texts = []
    for one in answer.break_even:
        opens = f"from {count(one.opens_by)}"
        if one.opens_after is not None:
            opens = f"from between {count(one.opens_after)} and {count(one.opens_by)}"
        closes = f"up to {count(one.closes_after)}" if one.closes_by else "on"
        texts.append(f"{opens} requests a day {closes}")
    first, last = answer.volumes[0], answer.volumes[-1]
    looked = f"{count(first.requests_per_day)} to {count(last.requests_per_day)} were played"
    cheaper = f"own GPUs are cheaper than {answer.results[0].policy.name}"
    if not texts:
        return f"{cheaper} at no volume that meets the target ({looked})"
    return f"{cheaper} {'; '.join(texts)} ({looked})"


def _tornado(simulation: Simulation) -> Sheet:
    rows = tuple(
        (
            bar.name,
            f"{bar.low:.3g}",
            f"{bar.high:.3g}",
            rough_usd(bar.low_usd),
            rough_usd(bar.high_usd),
            rough_usd(bar.against_low_usd),
            rough_usd(bar.against_high_usd),
        )
        for bar in simulation.answer.tornado
    )
    titles = (
        "uncertain",
        "low",
        "high",
        "cost at low",
        "cost at high",
        "less public at low",
        "at high",
    )
    note = f"of {tornado_policy(simulation)}, all else at its middle"
    return Sheet("tornado", "What matters most", titles, rows, note=note)


def tornado_policy(simulation: Simulation) -> str:
    """Which policy the tornado is about."""
    return simulation.answer.doubted.name


def _demand(simulation: Simulation) -> Sheet:
    load = simulation.answer.load
    rows = (
        ("requests", f"{load.requests:,}"),
        ("mean run time", f"{load.mean_seconds:.3g} s"),
        ("busy instances, mean (Erlang)", count(load.offered)),
        ("busy instances, busiest hour", count(load.offered_peak)),
        ("variance of run times over mean squared (SCV)", f"{load.service_scv:.2f}"),
        ("index of dispersion, 60 s", f"{load.dispersion_minute:.3g}"),
        ("index of dispersion, 3,600 s", f"{load.dispersion_hour:.3g}"),
    )
    rests = "a guess" if simulation.history is None else f"{simulation.history.days:.3g} days"
    note = f"rests on {rests}"
    return Sheet("demand", "Demand", ("", "value"), rows, note=note)


def _history(simulation: Simulation) -> Sheet | None:
    seen = simulation.history
    if seen is None:
        return None
    public = simulation.answer.results[0]
    rows: list[Row] = [
        ("charges of all tiers", format_usd(seen.charged_usd), format_usd(seen.replayed_usd))
    ]
    if seen.waits.requests:
        rows += _waits(seen.waits, [wait.p50 for wait in public.waits], "public wait")
    if seen.pool:
        rows += _waits(seen.pool.waits, seen.pool.modelled, f"wait for {seen.pool.waits.pool},")
    note = (
        f"{len(seen.recording.arrivals):,} requests on {seen.sku} from {seen.starts_at:%Y-%m-%d} "
        f"to {seen.ends_at:%Y-%m-%d}; {_waits_text(seen)}"
    )
    titles = ("", "ledger", "simulator")
    title = "What was seen, and what the model makes of it"
    return Sheet("history", title, titles, tuple(rows), note=note)


def _waits(seen: WaitsSeen, modelled: Sequence[float], name: str) -> list[Row]:
    """Waits at P50, P95 and P99 as they were recorded, and as the model makes them."""
    recorded = (seen.p50, seen.p95, seen.p99)
    return [
        (
            f"{name} P{percent}",
            UNKNOWN if wait is None else seconds(float(wait)),
            seconds(model),
        )
        for percent, wait, model in zip((50, 95, 99), recorded, modelled, strict=True)
    ]


def _waits_text(seen: History) -> str:
    """On what waits, boots and idle timeout rest."""
    text = f"waits of {seen.waits.seen:,} for the public pool were seen"
    found = seen.calibration
    if found is None or found.boot_median_seconds is None or found.boot_p95_seconds is None:
        return text
    median, p95 = seconds(found.boot_median_seconds), seconds(found.boot_p95_seconds)
    text += f"; boots of deployments and private models: median {median}, P95 {p95}"
    if found.idle_seconds:
        low, high = (seconds(one) for one in (found.idle_seconds.low, found.idle_seconds.high))
        text += f"; idle timeout {low} to {high}"
    return text


def _assumed(simulation: Simulation) -> Sheet:
    titles = ("assumed", "value", "meaning")
    note = "nobody gave these; most are an option and a line of a scenario file each"
    return Sheet("assumed", "Assumptions", titles, simulation.assumed, 3, note)


def _ranges(simulation: Simulation) -> Sheet:
    rows = tuple(
        (
            bar.name,
            bar.policy.name,
            f"{bar.low:.3g}",
            f"{bar.high:.3g}",
            rough_usd(bar.low_usd),
            rough_usd(bar.high_usd),
            seconds(bar.low_wait_seconds),
            seconds(bar.high_wait_seconds),
        )
        for bar in simulation.answer.ranges
    )
    titles = ("", "moves", "low", "high", "cost at low", "at high", "P95 wait at low", "at high ")
    note = (
        "every replication draws each of them; factors stand beside 1; what each moves is of one "
        "play, all else at its middle"
    )
    return Sheet("ranges", "What is known only within bounds", titles, rows, 2, note)


def _prices(simulation: Simulation) -> Sheet:
    scenario = simulation.answer.scenario
    used = [scenario.tier, scenario.gpu]
    used += [one for policy in scenario.policies for one in (policy.instance, policy.overflow)]
    rows = []
    for one in dict.fromkeys(one for one in used if one):
        if isinstance(one, Tier):
            rows.append((one.sku, f"${one.second_usd} a second", f"{one.as_of}", one.source))
        else:
            price = one.reserved_hour_usd or one.hour_usd
            name = f"{one.name} reserved" if one.reserved_hour_usd else one.name
            rows.append((name, f"${price} a GPU-hour", f"{one.as_of}", one.source))
    titles = ("priced", "price", "as of", "source")
    return Sheet("prices", "Prices", titles, tuple(dict.fromkeys(rows)), 4)


def cheapest_own(results: Sequence[Result]) -> Result | None:
    """The own fleet or hybrid with the lowest median cost among those likely to meet the target."""
    kinds = {PolicyKind.FIXED_FLEET, PolicyKind.AUTOSCALED_FLEET, PolicyKind.HYBRID}
    kinds |= {PolicyKind.LAYERED}
    own = [one for one in results if one.policy.kind in kinds and one.met_share >= 0.9]
    return min(own, key=lambda one: one.cost_usd_p50, default=None)
