"""Policies as people write them, in a file or after `--policy`: `deployment 1-20`, `fleet 4`.

Rule of this file: one table of ways to write one; help and errors read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from costing.errors import UsageError
from costing.simulation.supply import Supply
from pricing.simulator.autoscaler import Autoscaler
from pricing.simulator.duration import Duration
from pricing.simulator.policy import (
    Gpu,
    Policy,
    autoscaled_fleet,
    deployment,
    fast_booting,
    fixed_fleet,
    hybrid,
    layered,
    private,
    public,
)


@dataclass(frozen=True, slots=True)
class Means:
    """What a policy is made of beside its numbers.

    Attributes:
        scaler, boot: of Replicate's deployments.
        own_scaler: by which own GPUs come and go.
    """

    supply: Supply
    scaler: Autoscaler
    boot: Duration
    own_scaler: Autoscaler

    @property
    def gpu(self) -> Gpu:
        """The own GPU.

        Raises:
            UsageError: none was named.
        """
        if self.supply.gpu is None:
            raise UsageError("there is no GPU of our own", help="name one with --own-gpu A100-80")
        return self.supply.gpu


_Maker = Callable[[Means, list[int]], Policy]


def _private(means: Means, numbers: list[int]) -> Policy:
    return private(means.supply.tier, means.scaler, means.boot, largest=numbers[0])


def _deployment(means: Means, numbers: list[int]) -> Policy:
    smallest, largest = numbers
    tier = means.supply.tier
    return deployment(tier, means.scaler, means.boot, smallest=smallest, largest=largest)


def _fleet(means: Means, numbers: list[int]) -> Policy:
    return fixed_fleet(means.gpu, numbers[0])


def _spared(means: Means, numbers: list[int]) -> Policy:
    return fixed_fleet(means.gpu, numbers[0], spares=numbers[1])


def _autoscaled(means: Means, numbers: list[int]) -> Policy:
    smallest, largest = numbers
    return autoscaled_fleet(means.gpu, means.own_scaler, smallest=smallest, largest=largest)


def _hybrid(means: Means, numbers: list[int]) -> Policy:
    count, limit = numbers
    return hybrid(means.gpu, means.supply.tier, count=count, queue_limit=limit)


def _layered(means: Means, numbers: list[int]) -> Policy:
    reserved, largest, limit = numbers
    if means.supply.reserved is None:
        named = means.supply.offer or means.gpu.name
        help_text = "name an on-demand offer of a provider that reserves, as --offer aws"
        raise UsageError(f"{named} has no reserved price", help=help_text)
    tier, scaler = means.supply.tier, means.own_scaler
    pool = {"reserved": reserved, "largest": largest, "queue_limit": limit}
    return layered(means.supply.reserved, tier, scaler, **pool)


_WAYS: tuple[tuple[str, _Maker], ...] = (
    ("public", lambda means, _: public(means.supply.tier)),
    ("fast-booting", lambda means, _: fast_booting(means.supply.tier)),
    ("private 0-N", _private),
    ("deployment N-N", _deployment),
    ("fleet N", _fleet),
    ("fleet N spares N", _spared),
    ("autoscaled N-N", _autoscaled),
    ("hybrid N above N", _hybrid),
    ("reserved N to N above N", _layered),
)
WAYS = tuple(written for written, _ in _WAYS)
"""How a policy may be written; N is a whole number."""


def read_policy(text: str, means: Means) -> Policy:
    """The policy that a text names.

    Raises:
        UsageError: it names none, or one of what there is not.
        ImpossibleInput: its numbers make no sense together.
    """
    for written, make in _WAYS:
        match = re.fullmatch(re.escape(written).replace("N", r"(\d{1,6})"), text.strip().lower())
        if match:
            return make(means, [int(one) for one in match.groups()])
    raise UsageError(f'no policy is written "{text}"', help=f"write {', '.join(WAYS)}")
