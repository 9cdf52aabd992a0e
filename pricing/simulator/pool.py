"""One run of the kernel: its rules and inputs laid out, and what came of it.

The rule this file owns: whoever runs the kernel does it here, so that limits are checked and the
layout of the kernel's memory is known in two files only.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, cast

from pricing.simulator import kernel
from pricing.simulator.compiled import Kernel
from pricing.simulator.error import TooLong
from pricing.simulator.kernel import NEVER, Numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rules:
    """How a pool behaves; times in nanoseconds. The order is the kernel's.

    Attributes:
        smallest, largest: instances kept online at least and at most.
        queue_limit: a request overflows when so many wait already; NEVER for no overflow.
        idle_timeout: an instance above `smallest` goes off when idle for so long.
        patience: a request leaves when it has waited longer; NEVER for patient clients.
        takes_newest: whether the instance idle for the shortest time takes a request, else the one
            idle for the longest.
        backlog: requests waiting for each instance that boots, at least 1.
        boots_at_once: instances that may boot at the same time, at least 1.
        poll: the scale-up rule is asked at multiples of this; 0 asks it at every arrival.
        end: end of what is billed by time.
    """

    smallest: int
    largest: int
    queue_limit: int
    idle_timeout: int
    patience: int
    takes_newest: bool
    backlog: int
    boots_at_once: int
    poll: int
    end: int


@dataclass(frozen=True, slots=True)
class Hits:
    """Instants at which an instance may be interrupted.

    Attributes:
        instants: ascending nanoseconds.
        picks: place of the instance that is hit among `largest`; nothing happens where fewer are
            online, so that each instance is hit at the same rate.
    """

    instants: NDArray[np.int64]
    picks: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; times in nanoseconds.

    Attributes:
        waits: by request; negative where it overflowed or timed out.
        online: instances times the time that they were on, within [0, end).
        setup, active: how much of it they booted and served; the rest they were idle.
        overflow: service time of the requests that overflowed.
        lost: active time of services that were interrupted.
        cold: requests that waited for an instance to boot.
        sessions: times that an instance was switched on.
    """

    waits: NDArray[np.int64]
    online: int
    setup: int
    active: int
    overflow: int
    lost: int
    served: int
    overflows: int
    timeouts: int
    cold: int
    sessions: int
    interrupted: int

    @property
    def idle(self) -> int:
        """Time online that was neither setup nor service."""
        return self.online - self.setup - self.active


def run(
    arrivals: NDArray[np.int64],
    services: NDArray[np.int64],
    rules: Rules,
    kernel_: Kernel,
    *,
    boots: NDArray[np.int64] | None = None,
    hits: Hits | None = None,
) -> Outcome:
    """Let requests through a pool.

    Args:
        arrivals: ascending nanoseconds from 0.
        services: nanoseconds by request, at least 1.
        boots: how long successive boots take, used in turn; an instant each where None.

    Raises:
        TooLong: the sums would not fit into 63 bits.
    """
    _check_size(rules, services)
    is_fixed = rules.smallest == rules.largest and rules.largest > 0 and hits is None
    if is_fixed and rules.queue_limit == rules.patience == NEVER:
        return _run_fixed(arrivals, services, rules, kernel_)
    return run_general(arrivals, services, rules, kernel_, boots=boots, hits=hits)


def _run_fixed(
    arrivals: NDArray[np.int64], services: NDArray[np.int64], rules: Rules, kernel_: Kernel
) -> Outcome:
    import numpy as np

    waits = _written(np.zeros(len(arrivals), np.int64), kernel_)
    free = _written(np.zeros(rules.largest, np.int64), kernel_)
    read = (_written(arrivals, kernel_), _written(services, kernel_))
    active = kernel_.run_fixed(*read, free, waits, rules.end)
    return Outcome(
        waits=np.asarray(waits, np.int64),
        online=rules.largest * rules.end,
        setup=0,
        active=int(active),
        overflow=0,
        lost=0,
        served=len(arrivals),
        overflows=0,
        timeouts=0,
        cold=0,
        sessions=rules.largest,
        interrupted=0,
    )


def run_general(
    arrivals: NDArray[np.int64],
    services: NDArray[np.int64],
    rules: Rules,
    kernel_: Kernel,
    *,
    boots: NDArray[np.int64] | None = None,
    hits: Hits | None = None,
) -> Outcome:
    """Let requests through a pool by the rules in full, even where a shorter way is known."""
    import numpy as np

    waits = _written(np.zeros(len(arrivals), np.int64), kernel_)
    memory = _written(_memory(rules, boots, hits), kernel_)
    kernel_.run_pool(memory, _written(arrivals, kernel_), _written(services, kernel_), waits)
    return Outcome(
        np.asarray(waits, np.int64),
        *(int(memory[place]) for place in range(kernel.ONLINE, kernel.INTERRUPTED + 1)),
    )


def _memory(rules: Rules, boots: NDArray[np.int64] | None, hits: Hits | None) -> NDArray[np.int64]:
    """Lay the kernel's memory out: zeros, rules, where the lists begin, and the lists."""
    import numpy as np

    nothing = np.zeros(0, np.int64)
    boots = np.ones(1, np.int64) if boots is None else boots
    instants, picks = (hits.instants, hits.picks) if hits else (nothing, nothing)
    lengths = (*(max(rules.largest, 1),) * 4, len(boots), len(instants))
    starts = kernel.READY + np.cumsum(lengths)
    head = np.zeros(kernel.READY, np.int64)
    head[kernel.SMALLEST : kernel.END + 1] = [int(rule) for rule in astuple(rules)]
    head[kernel.SERVING_AT : kernel.PICKS_AT + 1] = starts
    head[kernel.BOOT_COUNT], head[kernel.HIT_COUNT] = len(boots), len(instants)
    room = np.zeros(int(starts[kernel.BOOTS_AT - kernel.SERVING_AT]) - kernel.READY, np.int64)
    return np.concatenate([head, room, boots, instants, picks])


def _written(values: NDArray[np.int64], kernel_: Kernel) -> Numbers:
    """Hand whole numbers over in the form that a kernel takes: an array of its own, or a list."""
    import numpy as np

    if not kernel_.is_compiled:
        return cast(Numbers, values.tolist())
    return cast(Numbers, np.require(values, np.int64, ["C", "W"]))


def _check_size(rules: Rules, services: NDArray[np.int64]) -> None:
    longest = float(services.sum(dtype="float64")) + float(rules.largest + 1) * rules.end
    if longest > NEVER:
        raise TooLong(longest / 1e9 / 3600)
