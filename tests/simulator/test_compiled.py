"""Machine code is kept where it may be, and never outlives what it was made of."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pricing.simulator import compiled, kernel
from pricing.simulator.compiled import CALLEES_FIRST, TWIN, load_kernel
from pricing.simulator.kernel import NEVER
from pricing.simulator.pool import Rules, run

pytest.importorskip("numba")

PRINTS_WAITS = """
import sys
from pathlib import Path
import numpy as np
from numba.core.event import register, RecordingListener
compiling = RecordingListener()
register("numba:compile", compiling)
from pricing.simulator.compiled import load_kernel
from pricing.simulator.kernel import NEVER
from pricing.simulator.pool import Rules, run_general
made = load_kernel(Path(sys.argv[1]))
rules = Rules(0, 2, NEVER, 5, NEVER, True, 1, 2, 0, 100)
arrivals, services = np.array([1, 2, 3]), np.array([4, 4, 4])
outcome = run_general(arrivals, services, rules, made, boots=np.array([3]))
print(made.is_compiled, len(compiling.buffer) > 0, *outcome.waits.tolist())
"""


def ask(folder: Path) -> str:
    """What a process of its own says: compiled, compiling done, the waits."""
    command = [sys.executable, "-c", PRINTS_WAITS, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_second_process_finds_the_machine_code_of_the_first(tmp_path: Path) -> None:
    first, second = ask(tmp_path), ask(tmp_path)

    assert first == "True True 3 3 5"
    assert second == "True False 3 3 5"


def test_folder_that_cannot_be_written_keeps_nothing_and_answers(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert ask(tmp_path / "file") == "True True 3 3 5"


def test_damaged_machine_code_is_compiled_again(tmp_path: Path) -> None:
    ask(tmp_path)
    for kept in tmp_path.rglob("*.nbc"):
        kept.write_bytes(b"damaged")

    assert ask(tmp_path) == "True True 3 3 5"


def test_machine_code_of_which_some_bytes_were_lost_is_never_run(tmp_path: Path) -> None:
    ask(tmp_path)
    [kept] = tmp_path.rglob("kernel.run_pool*.nbc")
    content = kept.read_bytes()
    middle = len(content) // 2
    kept.write_bytes(content[:middle] + bytes(4096) + content[middle + 4096 :])

    assert ask(tmp_path) == "True True 3 3 5"
    assert ask(tmp_path) == "True False 3 3 5"


def test_machine_code_that_was_not_used_for_long_is_dropped_when_new_one_is_kept(
    tmp_path: Path,
) -> None:
    for name, days in (("simulator-old", 31), ("simulator-recent", 29), ("other", 31)):
        (tmp_path / name).mkdir()
        used = time.time() - days * 86_400
        os.utime(tmp_path / name, (used, used))

    load_kernel.__wrapped__(tmp_path)

    made = f"simulator-{compiled.digest_of_source()}"
    assert {path.name for path in tmp_path.iterdir()} == {"simulator-recent", "other", made}


def test_nothing_but_whole_machine_code_is_left_in_the_folder(tmp_path: Path) -> None:
    ask(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [
        f"simulator-{compiled.digest_of_source()}"
    ]


@pytest.mark.parametrize("module", [kernel, compiled], ids=["kernel", "options"])
def test_machine_code_stands_under_the_text_of_all_it_is_made_of(
    module: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = compiled.digest_of_source()
    copy = tmp_path / "changed.py"
    copy.write_text(Path(str(module.__file__)).read_text() + "\n")  # type: ignore[attr-defined]

    monkeypatch.setattr(module, "__file__", str(copy))

    assert compiled.digest_of_source() != before


def test_every_function_of_the_kernel_is_compiled_after_what_it_calls() -> None:
    written = {name for name, value in vars(kernel).items() if getattr(value, "__code__", None)}
    seen: set[str] = set()
    for function in CALLEES_FIRST:
        seen.add(function.__name__)
        assert written & set(function.__code__.co_names) <= seen

    assert seen == written


def test_kernel_takes_arrays_that_it_may_not_write_or_that_have_gaps() -> None:
    rules = Rules(1, 1, NEVER, NEVER, NEVER, True, 1, 1, 0, 100)
    arrivals, services = np.array([1, 0, 2, 0, 3, 0])[::2], np.array([4, 4, 4])
    services.flags.writeable = False

    machine, twin = (run(arrivals, services, rules, one) for one in (load_kernel(), TWIN))

    assert machine.waits.tolist() == twin.waits.tolist() == [0, 3, 6]
