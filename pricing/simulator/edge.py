"""A fleet or a hybrid that missed the target in the replications gives way to one that meets it.

The rule this file owns: a search looks at few worlds, so what it finds lies on the edge of the
target. What then misses it in the replications is tightened, step by step and a bounded number of
times, and played in all of them again; where no step helps, what was found stays and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from pricing.simulator.comparison import Result
from pricing.simulator.policy import Gpu, Policy, PolicyKind, fixed_fleet, hybrid
from pricing.simulator.scenario import Target
from pricing.simulator.search import LIKELY, QUEUES

MOST_STEPS = 4
FINEST = 16
"""A step adds one unit of GPUs, or this part of a large fleet."""

Play = Callable[[Sequence[Policy]], Sequence[Result]]


def move_off_edge(
    found: Sequence[Policy], results: Sequence[Result], target: Target, play: Play
) -> Mapping[Policy, Result]:
    """Find, for each policy that misses the target, the cheapest near it that is likely to meet it.

    Args:
        found: what a search found; all of it was played.
        results: what was played.
        play: plays policies in the replications.

    Returns:
        What takes the place of a policy; a policy that meets the target, or has none near it that
        does, is not in it.
    """
    known = {result.policy: result for result in results}
    missed = [policy for policy in found if known[policy].met_share < LIKELY]
    tried = {policy: [policy, *_smaller(policy)] for policy in missed}
    moved: dict[Policy, Result] = {}
    for _ in range(MOST_STEPS):
        tried = {
            policy: [
                tighter
                for one in row
                for tighter in _tightened(one, known.get(one, known[policy]), target)
            ]
            for policy, row in tried.items()
            if policy not in moved
        }
        new = {one for row in tried.values() for one in row if one not in known}
        if new:
            known |= {result.policy: result for result in play(sorted(new, key=_name))}
        for policy, row in tried.items():
            meets = [known[one] for one in row if known[one].met_share >= LIKELY]
            if meets:
                moved[policy] = min(meets, key=lambda result: result.cost_usd_p50)
    return moved


def _name(policy: Policy) -> str:
    return policy.name


def _smaller(policy: Policy) -> list[Policy]:
    """Hybrids of one unit less, which with a much shorter queue may be the cheaper way."""
    gpu, queue = policy.instance, policy.queue_limit
    if not isinstance(gpu, Gpu) or policy.kind is not PolicyKind.HYBRID or not queue:
        return []
    count = policy.largest - gpu.gpus_per_unit
    queues = (queue, _shorter(queue))
    return [_resized(policy, gpu, count, one) for one in queues] if count > 0 else []


def _tightened(policy: Policy, result: Result, target: Target) -> list[Policy]:
    """The next policy that people wait less for: a shorter queue, else more GPUs."""
    gpu, queue = policy.instance, policy.queue_limit
    if not isinstance(gpu, Gpu):
        return []
    if target.cost_usd is not None and result.cost_usd_p50 > target.cost_usd:
        return []
    is_slow = fmean(trial.is_in_time for trial in result.trials) < LIKELY
    if queue and is_slow:
        return [_resized(policy, gpu, policy.largest, _shorter(queue))]
    units = max(1, policy.largest // gpu.gpus_per_unit // FINEST)
    return [_resized(policy, gpu, policy.largest + units * gpu.gpus_per_unit, queue)]


def _shorter(queue: int) -> int:
    return QUEUES[QUEUES.index(queue) - 1]


def _resized(policy: Policy, gpu: Gpu, count: int, queue: int | None) -> Policy:
    if policy.overflow is None:
        return fixed_fleet(gpu, count)
    return hybrid(gpu, policy.overflow, count=count, queue_limit=queue)
