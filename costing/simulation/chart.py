"""The five charts of the page, drawn from an answer.

Rule of this file: a chart shows what the table under it says, no more; money becomes a float only
to find its place on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.simulation.drawing import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Axis, Drawing, rising
from costing.simulation.figure import count, seconds
from costing.simulation.sheet import break_even_text, tornado_policy
from pricing.simulator.amount import rough_usd

if TYPE_CHECKING:
    from costing.simulation.use_case import Simulation
    from pricing.simulator.break_even import VolumePoint
    from pricing.simulator.comparison import Result

HEIGHT = 320
NAMES = 300
"""Room for the names of policies."""
BAR = 26
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with the words around it.

    Attributes:
        sheet: name of the table that stands under it.
        legend: (look, words) of each line or mark.
    """

    sheet: str
    title: str
    svg: str
    legend: tuple[tuple[str, str], ...] = ()


def draw_charts(simulation: Simulation) -> tuple[Chart, ...]:
    """All charts that the answer has something for."""
    made = (
        _costs(simulation),
        _waits(simulation),
        _volumes(simulation) if simulation.answer.volumes else None,
        _week(simulation),
        _tornado(simulation) if simulation.answer.tornado else None,
    )
    return tuple(chart for chart in made if chart)


def _costs(simulation: Simulation) -> Chart:
    """Cost of each policy: every replication a dot, P5 to P95 a bar, the median a mark."""
    results = simulation.answer.results
    drawing = Drawing(TOP + BAR * len(results) + BOTTOM)
    most = max(float(trial.cost_usd) for result in results for trial in result.trials)
    axis = Axis(0, most * 1.03 or 1.0, NAMES, WIDTH - RIGHT)
    drawing.marks_below(axis, [_usd(tick) for tick in axis.ticks()], "cost of the period")
    for place, result in enumerate(results):
        y = TOP + BAR * (place + 0.5)
        _name(drawing, y, result, is_chosen=_is_chosen(simulation, result))
        low, middle, high = (axis.place(float(cost)) for cost in _costs_of(result))
        drawing.add("rect", "s1 soft", x=low, y=y - 7, width=max(high - low, 1), height=14)
        for trial in result.trials:
            drawing.add("circle", "s1 dot", cx=axis.place(float(trial.cost_usd)), cy=y, r=2)
        drawing.add("rect", "s2", x=middle - 1.5, y=y - 9, width=3, height=18)
    said = "; ".join(
        f"{one.policy.name} {rough_usd(one.cost_usd_p5)} to {rough_usd(one.cost_usd_p95)}"
        for one in results
    )
    title = "Cost of each policy"
    legend = (("s1", "P5 to P95, a dot for each replication"), ("s2", "median"))
    return Chart("policies", title, drawing.finish("costs", title, said), legend)


def _waits(simulation: Simulation) -> Chart:
    """Waits of each policy at P50, P95 and P99, beside the target."""
    results, target = simulation.answer.results, simulation.answer.scenario.target
    drawing = Drawing(TOP + BAR * len(results) + BOTTOM)
    shown = [wait.p50 for result in results for wait in result.waits]
    axis = Axis(0.1, max(*shown, target.wait_seconds, 1) * 1.3, NAMES, WIDTH - RIGHT, is_log=True)
    drawing.marks_below(
        axis, [seconds(tick) for tick in axis.ticks()], "wait (0.1 s or less at left)"
    )
    for place, result in enumerate(results):
        y = TOP + BAR * (place + 0.5)
        _name(drawing, y, result, is_chosen=_is_chosen(simulation, result))
        places = [axis.place(wait.p50) for wait in result.waits]
        drawing.add("line", "line s1", x1=places[0], y1=y, x2=places[2], y2=y)
        for x, look in zip(places, ("s1", "s2", "s3"), strict=True):
            drawing.add("circle", look, cx=x, cy=y, r=5)
    x = axis.place(target.wait_seconds)
    drawing.add("line", "bound", x1=x, y1=TOP, x2=x, y2=drawing.height - BOTTOM)
    said = "; ".join(
        f"{one.policy.name} P95 {seconds(one.waits[1].p50)}, P99 {seconds(one.waits[2].p50)}"
        for one in results
    )
    legend = (
        *(("s1", "P50"), ("s2", "P95"), ("s3", "P99")),
        ("bound-key", f"target: P{target.percentile:g} up to {seconds(target.wait_seconds)}"),
    )
    title = "How long requests wait"
    return Chart("policies", title, drawing.finish("waits", title, said), legend)


def _volumes(simulation: Simulation) -> Chart:
    """Cost over volume on scales of ratios, with a band where own GPUs are cheaper."""
    points = simulation.answer.volumes
    drawing = Drawing(HEIGHT)
    across = Axis(
        points[0].requests_per_day, points[-1].requests_per_day, LEFT, WIDTH - RIGHT, is_log=True
    )
    known = [float(usd) for point in points for usd in _amounts(point).values() if usd]
    up = Axis(min(known) / 1.2, max(known) * 1.2, HEIGHT - BOTTOM, TOP, is_log=True)
    for one in simulation.answer.break_even:
        sure = (across.place(one.opens_by), across.place(one.closes_after))
        begin = across.place(one.opens_after or one.opens_by)
        end = across.place(one.closes_by or one.closes_after)
        size = {"y": TOP, "height": HEIGHT - BOTTOM - TOP}
        drawing.add("rect", "band faint", x=begin, width=end - begin, **size)
        drawing.add("rect", "band", x=sure[0], width=max(sure[1] - sure[0], 2), **size)
    drawing.lines_across(up, [_usd(tick) for tick in up.ticks()])
    drawing.marks_below(across, [count(tick) for tick in across.ticks()], "requests a day")
    for name, look in (("public", "s1"), ("fleet", "s2"), ("hybrid", "s3")):
        line = [
            (across.place(point.requests_per_day), up.place(float(usd)))
            for point in points
            if (usd := _amounts(point)[name])
        ]
        drawing.line(line, look)
        for x, y in line:
            drawing.add("circle", look, cx=x, cy=y, r=3)
    title = "Cost over volume"
    legend = (
        *(("s1", "Replicate, public"), ("s2", "own fleet"), ("s3", "hybrid")),
        ("band", "own GPUs are cheaper (pale: between volumes that were played)"),
    )
    return Chart(
        "volumes", title, drawing.finish("volumes", title, break_even_text(simulation)), legend
    )


def _week(simulation: Simulation) -> Chart:
    """Busy instances in each hour of the week against what the fleets can carry."""
    answer = simulation.answer
    hours = answer.load.by_hour
    drawing = Drawing(HEIGHT)
    fleets = _fleets(simulation)
    across = Axis(0, max(len(hours), 1), LEFT, WIDTH - RIGHT)
    up = rising(max([*hours, *(size for _, size in fleets)]), HEIGHT)
    drawing.lines_across(up, [f"{tick:g}" for tick in up.ticks()])
    floor = up.place(0)
    tops = [
        (across.place(hour + part), up.place(load))
        for hour, load in enumerate(hours)
        for part in (0, 1)
    ]
    drawing.area([(tops[0][0], floor), *tops, (tops[-1][0], floor)], "s1 soft")
    drawing.line(tops, "s1")
    for day in range(-(-len(hours) // 24)):
        words = DAYS[day % 7] if simulation.history is None else f"day {day + 1}"
        drawing.text(across.place(day * 24 + 12), HEIGHT - BOTTOM + 16, words, "label middle")
    for (_, size), look in zip(fleets, ("s2", "s3"), strict=False):
        drawing.add(
            "line", f"line {look}", x1=LEFT, y1=up.place(size), x2=WIDTH - RIGHT, y2=up.place(size)
        )
    drawing.text((LEFT + WIDTH) / 2, HEIGHT - 10, "hour of the week", "label middle")
    legend = (
        ("s1", "busy instances (Erlang)"),
        *((look, name) for (name, _), look in zip(fleets, ("s2", "s3"), strict=False)),
    )
    load = answer.load
    said = f"mean {load.offered:.3g}, {load.offered_peak:.3g} in the busiest hour"
    title = "Load over the week against capacity"
    return Chart("demand", title, drawing.finish("week", title, said), legend)


def _tornado(simulation: Simulation) -> Chart:
    """What each uncertain number moves, the widest first."""
    bars = simulation.answer.tornado
    drawing = Drawing(TOP + BAR * len(bars) + BOTTOM)
    ends = [float(usd) for bar in bars for usd in (bar.low_usd, bar.high_usd)]
    axis = Axis(min(ends) * 0.95, max(ends) * 1.05, NAMES, WIDTH - RIGHT)
    drawing.marks_below(axis, [_usd(tick) for tick in axis.ticks()], "cost of the period")
    for place, bar in enumerate(bars):
        y = TOP + BAR * (place + 0.5)
        drawing.text(
            NAMES - 8, y + 4, f"{bar.name}, {bar.low:.3g} to {bar.high:.3g}", "label right"
        )
        low, high = axis.place(float(bar.low_usd)), axis.place(float(bar.high_usd))
        size = {"x": min(low, high), "y": y - 8, "width": max(abs(high - low), 1), "height": 16}
        drawing.add("rect", "s1 soft", **size)
        drawing.add("circle", "s1", cx=low, cy=y, r=4)
        drawing.add("circle", "s2", cx=high, cy=y, r=4)
    title = f"What matters most for {tornado_policy(simulation)}"
    said = "; ".join(
        f"{bar.name}: {rough_usd(bar.low_usd)} to {rough_usd(bar.high_usd)}" for bar in bars
    )
    legend = (("s1", "at its low bound"), ("s2", "at its high bound"))
    return Chart("tornado", title, drawing.finish("tornado", title, said), legend)


def _fleets(simulation: Simulation) -> Sequence[tuple[str, float]]:
    """What the searched fleet and hybrid carry, in instances of the reference tier."""
    sizing, scenario = simulation.answer.sizing, simulation.answer.scenario
    if sizing is None or scenario.gpu is None:
        return []
    found = [("fleet", sizing.fleet), ("hybrid, own part", sizing.hybrid)]
    time = scenario.gpu.time.middle
    return [(f"{name}: {one.largest}", one.largest / time) for name, one in found if one]


def _amounts(point: VolumePoint) -> Mapping[str, Decimal | None]:
    return {"public": point.public_usd, "fleet": point.fleet_usd, "hybrid": point.hybrid_usd}


def _costs_of(result: Result) -> tuple[Decimal, Decimal, Decimal]:
    return result.cost_usd_p5, result.cost_usd_p50, result.cost_usd_p95


def _is_chosen(simulation: Simulation, result: Result) -> bool:
    return result is simulation.answer.recommendation.result


def _name(drawing: Drawing, y: float, result: Result, *, is_chosen: bool) -> None:
    name = result.policy.name.replace(" waiting", "")
    drawing.text(NAMES - 8, y + 4, name, "label right chosen" if is_chosen else "label right")


def _usd(tick: float) -> str:
    return rough_usd(Decimal(repr(tick))) if tick else "$0"
