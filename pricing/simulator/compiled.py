"""The kernel as machine code where numba is there, else as plain Python: the same numbers.

The rule this file owns: nothing is imported or compiled until a simulation asks, and machine code
is kept only in a folder that the caller names, under a digest of all that it is made of: the text
of the kernel and of this file, Python, numba and the processor. Numba would run whatever bytes it
finds there, so what is kept is put in its place whole, and sealed by a digest of its content. What
other versions left there is dropped once nobody has used it for thirty days.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
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


_TEXT, _SEAL = "kernel.py", "seal"
"""The kernel's text and the digest of all else, beside the machine code."""
UNUSED_SECONDS = 30 * 86_400
"""Machine code that was not used for so long is dropped when new one is kept."""


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
            return _load_or_keep(folder)
        except Exception:  # noqa: BLE001 - whatever is wrong with what is kept can be made again
            pass
    return _compile(None)


def digest_of_source() -> str:
    """A digest of all that machine code follows from."""
    import llvmlite.binding  # type: ignore[import-untyped]
    import numba

    machine = (
        sys.implementation.cache_tag,
        numba.__version__,
        llvmlite.binding.get_host_cpu_name(),
        llvmlite.binding.get_host_cpu_features().flatten(),
    )
    texts = (path.read_bytes() for path in (Path(__file__), _source()))
    parts = (repr(machine).encode(), *texts)
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()[:16]


def _source() -> Path:
    return Path(str(kernel.__file__))


def _load_or_keep(folder: Path) -> Kernel:
    """The machine code that is kept; where there is none, or it is damaged, new one, kept.

    Numba looks for it beside the kernel's text: hence the copy. Of several processes that compile
    at the same time each makes its own, and that of the last but one stays.
    """
    kept = folder / f"simulator-{digest_of_source()}"
    if _is_whole(kept):
        with suppress(OSError):  # The day of its use; a folder that is read only has none.
            kept.touch()
        return _compile(kept / _TEXT)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="simulator-", dir=folder, ignore_cleanup_errors=True) as scratch:
        unfinished = Path(scratch) / kept.name
        unfinished.mkdir()
        (unfinished / _TEXT).write_bytes(_source().read_bytes())
        made = _compile(unfinished / _TEXT)
        (unfinished / _SEAL).write_text(_digest_of_content(unfinished))
        if not _is_whole(kept):
            rmtree(kept, ignore_errors=True)
            with suppress(OSError):  # Somebody else kept the same in this moment.
                unfinished.rename(kept)
            with suppress(OSError):  # What cannot be dropped now is dropped another time.
                _drop_unused(folder, kept)
    return made


def _drop_unused(folder: Path, kept: Path) -> None:
    """Delete what former versions kept and nobody has used for long, beside what was just kept."""
    oldest = kept.stat().st_mtime - UNUSED_SECONDS
    for other in folder.glob("simulator-*"):
        if other.is_dir() and other != kept and other.stat().st_mtime < oldest:
            rmtree(other, ignore_errors=True)


def _is_whole(kept: Path) -> bool:
    """Whether a folder is as it was when it was sealed."""
    seal = kept / _SEAL
    return seal.exists() and seal.read_text() == _digest_of_content(kept)


def _digest_of_content(kept: Path) -> str:
    """A digest of the files of a folder and their names, the seal left out."""
    digest = sha256()
    for path in sorted(kept.rglob("*")):
        if path.is_file() and path.name != _SEAL:
            digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


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
