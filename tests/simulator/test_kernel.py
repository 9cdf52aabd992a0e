"""The kernel, its twin in plain Python and a simulator of other making agree to the nanosecond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pricing.simulator.compiled import TWIN, Kernel, load_kernel
from pricing.simulator.error import TooLong
from pricing.simulator.kernel import NEVER
from pricing.simulator.pool import Hits, Outcome, Rules, run, run_general
from tests.simulator.event_list import EventList

CONFIGURATIONS = 1000
COUNTS = [name for name in Outcome.__slots__ if name != "waits"]


class Case:
    """A random small pool whose instants never coincide, so that no order is left to chance."""

    def __init__(self, seed: int) -> None:
        pick = np.random.default_rng(seed)
        count = int(pick.integers(1, 80))
        scale = int(pick.choice([10, 100, 1000])) * 1_000_003
        self.arrivals = np.sort(pick.choice(100 * scale, count, replace=False))
        self.services = pick.integers(1, int(pick.choice([2, 20])) * scale, count)
        largest = int(pick.integers(0, 7))
        smallest = int(pick.integers(0, largest + 1))
        limit = NEVER if largest and pick.random() < 0.5 else int(pick.integers(0, 5))
        self.rules = Rules(
            smallest=smallest,
            largest=largest,
            queue_limit=limit if largest else 0,
            idle_timeout=int(pick.integers(1, 30 * scale)),
            patience=NEVER if pick.random() < 0.5 else int(pick.integers(1, 20 * scale)),
            takes_newest=bool(pick.random() < 0.5),
            backlog=int(pick.integers(1, 4)),
            boots_at_once=int(pick.integers(1, 4)),
            poll=0 if pick.random() < 0.5 else int(pick.integers(scale, 9 * scale)),
            end=int(self.arrivals[-1]) + int(pick.integers(1, 20 * scale)),
        )
        self.boots = pick.integers(1, 15 * scale, 5)
        hits = int(pick.integers(1, 20)) if largest and pick.random() < 0.5 else 0
        instants = np.sort(pick.integers(1, self.rules.end, hits))
        self.hits = Hits(instants, pick.integers(0, max(largest, 1), hits))

    def run(self, kernel: Kernel) -> Outcome:
        hits = self.hits if len(self.hits.instants) else None
        made = (self.arrivals, self.services, self.rules, kernel)
        return run_general(*made, boots=self.boots, hits=hits)

    def event_list(self) -> EventList:
        lists = (self.arrivals, self.services, self.boots, self.hits.instants, self.hits.picks)
        return EventList(self.rules, *(values.tolist() for values in lists))


@pytest.fixture(scope="module")
def compiled() -> Kernel:
    kernel = load_kernel()
    if not kernel.is_compiled:
        pytest.skip("numba is not installed")
    return kernel


def test_kernel_agrees_with_an_event_list(compiled: Kernel) -> None:
    different = []
    for seed in range(CONFIGURATIONS):
        case, events = Case(seed), Case(seed).event_list()
        outcome, counted = case.run(compiled), events.run()
        same = {name: getattr(outcome, name) for name in [*COUNTS, "idle"]} == counted
        if not same or outcome.waits.tolist() != events.waits:
            different.append(seed)

    assert different == []


def test_twin_gives_the_same_numbers(compiled: Kernel) -> None:
    different = [
        seed for seed in range(CONFIGURATIONS) if not _same(Case(seed).run(compiled), seed)
    ]

    assert different == []


def test_random_configurations_reach_every_rule() -> None:
    reached = dict.fromkeys(COUNTS, 0)
    for seed in range(CONFIGURATIONS):
        counted = Case(seed).event_list().run()
        for name in COUNTS:
            reached[name] += counted[name] > 0

    assert min(reached.values()) > CONFIGURATIONS / 20, reached


def test_short_way_of_a_fixed_fleet_changes_nothing(compiled: Kernel) -> None:
    for seed in range(200):
        case = Case(seed)
        count = max(case.rules.largest, 1)
        rules = replace(
            case.rules, smallest=count, largest=count, queue_limit=NEVER, patience=NEVER
        )

        short = run(case.arrivals, case.services, rules, compiled)
        full = run_general(case.arrivals, case.services, rules, compiled)

        assert _numbers(short) == _numbers(full)


@pytest.mark.parametrize("unit", [1, 7, 1000])
def test_unit_of_time_changes_nothing(unit: int) -> None:
    for seed in range(100):
        case = Case(seed)
        before = case.run(TWIN)
        case.arrivals, case.services = case.arrivals * unit, case.services * unit
        case.boots = case.boots * unit
        case.hits = Hits(case.hits.instants * unit, case.hits.picks)
        case.rules = _in_unit(case.rules, unit)

        after = case.run(TWIN)

        assert after.online == before.online * unit
        assert (after.served, after.cold) == (before.served, before.cold)
        waited = np.where(before.waits > 0, before.waits * unit, before.waits)
        assert after.waits.tolist() == waited.tolist()


def test_what_is_online_is_active_setup_or_idle_and_every_request_ends_once() -> None:
    for seed in range(300):
        case = Case(seed)
        outcome = case.run(TWIN)

        assert min(outcome.idle, outcome.setup, outcome.active) >= 0
        assert outcome.served + outcome.overflows + outcome.timeouts == len(case.arrivals)


def test_larger_fleet_never_makes_anyone_wait_longer() -> None:
    for seed in range(100):
        case = Case(seed)
        before = None
        for count in range(1, 8):
            rules = replace(
                case.rules, smallest=count, largest=count, queue_limit=NEVER, patience=NEVER
            )
            waits = run(case.arrivals, case.services, rules, TWIN).waits
            assert before is None or (waits <= before).all()
            before = waits


def test_more_time_than_can_be_counted_is_refused() -> None:
    case = Case(1)
    rules = replace(case.rules, smallest=0, largest=100_000, end=NEVER // 1000)

    with pytest.raises(TooLong, match="instance-hours") as refused:
        run(case.arrivals, case.services, rules, TWIN)

    assert "fewer days, less growth, fewer requests" in str(refused.value.help)


def _same(outcome: Outcome, seed: int) -> bool:
    return _numbers(outcome) == _numbers(Case(seed).run(TWIN))


def _numbers(outcome: Outcome) -> tuple[object, ...]:
    return outcome.waits.tolist(), *(getattr(outcome, name) for name in COUNTS)


def _in_unit(rules: Rules, unit: int) -> Rules:
    return replace(
        rules,
        idle_timeout=rules.idle_timeout * unit,
        patience=NEVER if rules.patience == NEVER else rules.patience * unit,
        poll=rules.poll * unit,
        end=rules.end * unit,
    )
