"""Real processes that check the same budgets at the same time, some of them killed at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from select import select
from typing import TYPE_CHECKING

from costing.app import Costing
from costing.settings import Settings
from tests.budget.sample import write_spend

if TYPE_CHECKING:
    from subprocess import Popen

ROOT = Path(__file__).resolve().parents[2]
RUNS = 12
ALERT_ID = re.compile(r"\[([0-9A-F]{12})\]")


def start(home: Path) -> Popen[bytes]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.Popen(
        [sys.executable, "-m", "costing", "--home", str(home), "budget", "check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=home,
        env={**os.environ, "PYTHONPATH": path, "XDG_CONFIG_HOME": str(home / "config")},
    )


def test_overlapping_checks_some_killed_tell_each_alert_under_one_id(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "budgets.toml").write_text(
        "".join(
            f'[[budget]]\nname = "{name}"\nlimit_usd = {limit}\nthresholds = ["80%", "100%"]\n'
            'period = "year"\nmax_staleness = "never"\n'
            for name, limit in (("a", 10), ("b", 60), ("c", 70), ("d", 1000))
        )
    )
    costing = Costing(Settings(home=home))
    costing.ingest([write_spend(tmp_path / "one.jsonl", [(datetime.now(UTC), "63")])])

    running = [start(home) for _ in range(RUNS)]
    for victim in running[::3]:
        assert victim.stdout is not None
        select([victim.stdout], [], [], 0.3 if victim is running[0] else 0.05)
        victim.kill()
    heard = [process.communicate(timeout=300) for process in running]
    costing.check_budgets()

    survivors = [one for number, one in enumerate(running) if number % 3]
    talk = [said for number, (_, said) in enumerate(heard) if number % 3]
    assert [one.returncode for one in survivors] == [0] * len(survivors), talk
    assert not any(talk)
    told = costing.budget_history()
    assert Counter(one.stored.alert.key.budget for one in told) == {"a": 2, "b": 2, "c": 1}
    sent = {one.stored.alert.alert_id for one in told if one.stored.alert.is_sent}
    assert len(sent) == 3
    said = set(ALERT_ID.findall(b"".join(out for out, _ in heard).decode()))
    assert said <= sent
