"""The kernel as machine code where numba is there, else as plain Python: the same numbers.

The rule this file owns: nothing is imported or compiled until a simulation asks. Machine code is
kept beside the source, or in the user's cache where that cannot be written; numba takes it only
while `kernel.py` is unchanged, which holds all that is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

from pricing.simulator import kernel
from pricing.simulator.kernel import Numbers

RunPool = Callable[[Numbers, Numbers, Numbers, Numbers], None]
RunFixed = Callable[[Numbers, Numbers, Numbers, Numbers, int], int]

HOT = (kernel.begin, kernel.next_request, kernel.give_up, kernel.drain, kernel.settle)
"""What `run_pool` calls for nearly every request: compiled into it."""
COLD = (
    *(kernel.remove, kernel.take_off, kernel.join, kernel.boot, kernel.scale, kernel.lengthen),
    *(kernel.enqueue, kernel.restart, kernel.interrupt, kernel.advance),
)
"""What it calls now and then."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """The two runs of the kernel.

    Attributes:
        is_compiled: whether they are machine code, which wants arrays; plain Python wants lists.
    """

    run_pool: RunPool
    run_fixed: RunFixed
    is_compiled: bool


TWIN = Kernel(kernel.run_pool, kernel.run_fixed, is_compiled=False)
"""The kernel as plain Python, some forty times as slow."""


@cache
def load_kernel() -> Kernel:
    """Compile the kernel, which takes some seconds at first; the twin where numba is missing."""
    try:
        from numba.extending import register_jitable
    except ImportError:
        return TWIN
    # The kernel makes no objects, and counting references to its arrays would take most of its
    # time: hence `_nrt=False`, which numba's types do not tell.
    for helper in (*HOT, *COLD):
        register_jitable(_nrt=False, forceinline=helper in HOT)(helper)
    try:
        return _compile(keep=True)
    except RuntimeError:  # Numba found no folder that it may write to.
        return _compile(keep=False)


def _compile(*, keep: bool) -> Kernel:
    from numba import njit

    compile_ = njit(nogil=True, cache=keep, _nrt=False)  # type: ignore[call-overload]
    run_pool = cast(RunPool, compile_(kernel.run_pool))
    return Kernel(run_pool, cast(RunFixed, compile_(kernel.run_fixed)), is_compiled=True)
