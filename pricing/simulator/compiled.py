"""The kernel as machine code where numba is there, else as plain Python: the same numbers.

The rule this file owns: nothing is imported or compiled until a simulation asks, and machine code
is kept only in a folder that the caller names, under a digest of all that it is made of: the text
of the kernel and of this file. Python, numba and the processor are in numba's own key beneath it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import cast, get_type_hints

from pricing.simulator import kernel
from pricing.simulator.kernel import Numbers

RunPool = Callable[[Numbers, Numbers, Numbers, Numbers], None]
RunFixed = Callable[[Numbers, Numbers, Numbers, Numbers, int], int]

INLINED = (
    *(kernel.begin, kernel.next_request, kernel.give_up, kernel.drain, kernel.settle),
    kernel.is_hit_before,
)
"""What `run_pool` calls for nearly every request: compiled into it."""
RUNS = (kernel.run_pool, kernel.run_fixed)
"""What is called from outside."""
CALLEES_FIRST = (
    *(kernel.remove, kernel.take_off, kernel.join, kernel.boot, kernel.scale, kernel.lengthen),
    *(kernel.enqueue, kernel.begin, kernel.restart, kernel.interrupt, kernel.next_request),
    *(kernel.give_up, kernel.drain, kernel.settle, kernel.is_hit_before, kernel.advance, *RUNS),
)
"""All of the kernel, each after what it calls, so that numba never compiles one within another."""


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
def load_kernel(folder: Path | None = None) -> Kernel:
    """Compile the kernel, which takes two or three seconds; the twin where numba is missing.

    Args:
        folder: where machine code is kept and found again; None to keep none. What cannot be
            written or read there is compiled and not kept.
    """
    try:
        import numba  # noqa: F401 - only whether it is there
    except ImportError:
        return TWIN
    if folder is not None:
        try:
            return _compile(_place_source(folder))
        except Exception:  # noqa: BLE001 - whatever is wrong with what is kept can be made again
            pass
    return _compile(None)


def digest_of_source() -> str:
    """A digest of the text of all that machine code follows from."""
    from hashlib import sha256

    paths = (Path(__file__), _source())
    return sha256(b"".join(sha256(path.read_bytes()).digest() for path in paths)).hexdigest()[:16]


def _source() -> Path:
    return Path(str(kernel.__file__))


def _place_source(folder: Path) -> Path:
    """Copy the kernel's text beside where its machine code goes, as numba looks for it there."""
    from tempfile import NamedTemporaryFile

    copy = folder / f"simulator-{digest_of_source()}" / "kernel.py"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=copy.parent, delete=False) as written:
            written.write(_source().read_bytes())
        Path(written.name).replace(copy)
    return copy


def _compile(source: Path | None) -> Kernel:
    """Compile copies of the kernel's functions, which call each other in a namespace of their own.

    The kernel makes no objects, and counting references to its arrays would take most of its time:
    hence `_nrt=False`, which numba's types do not tell.
    """
    from numba import njit

    machine = dict(vars(kernel))
    for function in CALLEES_FIRST:
        code = function.__code__
        if source is not None:
            code = code.replace(co_filename=str(source))
        options = {"forceinline": function in INLINED, "no_cpython_wrapper": function not in RUNS}
        compile_ = njit(  # type: ignore[call-overload]
            _signature(function),
            **options,
            nogil=True,
            cache=source is not None,
            error_model="numpy",
            no_cfunc_wrapper=True,
            _nrt=False,
        )
        machine[function.__name__] = compile_(FunctionType(code, machine, function.__name__))
    run_pool, run_fixed = (machine[run.__name__] for run in RUNS)
    return Kernel(cast(RunPool, run_pool), cast(RunFixed, run_fixed), is_compiled=True)


def _signature(function: object) -> str:
    """A function's types as numba spells them, by its annotations."""
    spelled = {Numbers: "int64[::1]", int: "int64", bool: "boolean", type(None): "void"}
    hints = get_type_hints(function)
    returned = spelled[hints.pop("return")]
    return f"{returned}({', '.join(spelled[hint] for hint in hints.values())})"
