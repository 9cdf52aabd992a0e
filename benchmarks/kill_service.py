"""Services, syncs and folders killed at random moments: nothing acknowledged is lost or doubled.

Rule of this file: SIGKILL, so that nothing can be tidied up; all work in one data directory, and
each goes on where the one before was killed. After every kill each webhook that was ever answered
200 is in the ledger or in the inbox, and no id is in the ledger twice. In the end an undisturbed
sync and fold bring in all the rest, predictions included that were synced in killed syncs only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random

from benchmarks.account import Account, account
from benchmarks.load import Load, Sent, send_webhooks
from benchmarks.presence import check_presence
from benchmarks.process import BUILD, ROOT, costing, costing_environment, measure, python
from benchmarks.webhook import SECRET

SEED = 20
HISTORY = 20_000
PREDICTIONS_PER_SECOND = 200
WEBHOOKS_PER_SECOND = 1_000.0
FOLD = "import costing; costing.open().fold()"
SERVE = ("serve", "--port", "0", "--fold-every", "1s")
SERVICE_SECONDS = (0.05, 4.0)
"""Between the first webhook and the kill: some folds of the service's own happen meanwhile."""

SYNC_SECONDS, FOLD_SECONDS = 2.0, 1.0
"""Before that a sync or a fold is killed; some have ended by then, and count for nothing."""


@dataclass(slots=True)
class Tally:
    """What was killed, and what ended before the kill came."""

    kills: Counter[str] = field(default_factory=Counter)
    unharmed: Counter[str] = field(default_factory=Counter)

    def kill(self, what: str, process: subprocess.Popen[bytes]) -> None:
        """Kill a process, and note whether it was still there."""
        is_ended = process.poll() is not None
        process.kill()
        process.wait()
        (self.unharmed if is_ended else self.kills)[what] += 1


class Rounds:
    """Everything that is killed, in one data directory."""

    def __init__(self, home: Path, replicate: Account, random: Random) -> None:
        self.tally = Tally()
        self.sent = Sent()
        self.records = 0
        self._home = home
        self._random = random
        self._environment = (
            costing_environment(home) | replicate.variables | {"COSTING_WEBHOOK_SECRET": SECRET}
        )
        self._loads = 0

    def kill_service(self) -> None:
        """Kill a service under load, that folds every second."""
        process = subprocess.Popen(
            costing(*SERVE), cwd=ROOT, env=self._environment, stderr=subprocess.PIPE
        )
        assert process.stderr is not None
        with process:
            port = int(json.loads(process.stderr.readline())["url"].rpartition(":")[2])
            seconds = self._random.uniform(*SERVICE_SECONDS)
            asyncio.run(self._load_and_kill(process, port, seconds))

    def kill_sync(self) -> None:
        """Kill a sync at any moment of its run."""
        self._kill("sync", costing("sync"), SYNC_SECONDS)

    def kill_folder(self) -> None:
        """Kill a fold at any moment of its run."""
        self._kill("folder", python("-c", FOLD), FOLD_SECONDS)

    def check(self) -> None:
        """Look for every webhook that was answered 200.

        Raises:
            RecordsAstray: one is lost or doubled.
        """
        check_presence(self._home, self.sent.acknowledged, is_inbox_empty=False)

    def finish(self, made: set[str]) -> None:
        """Sync and fold undisturbed, and look for everything.

        Raises:
            RecordsAstray: something was lost or doubled.
        """
        for _ in range(2):  # A repeat must change nothing.
            measure(costing("sync"), self._environment)
        promised = self.sent.acknowledged | made
        possible = self.sent.attempted
        self.records = check_presence(self._home, promised, possible, is_inbox_empty=True)

    async def _load_and_kill(
        self, process: subprocess.Popen[bytes], port: int, seconds: float
    ) -> None:
        self._loads += 1
        load = Load(port, f"k{self._loads}x", WEBHOOKS_PER_SECOND)
        sending = asyncio.create_task(send_webhooks(load, self.sent, asyncio.Event()))
        await asyncio.sleep(seconds)
        self.tally.kill("service under load", process)
        await sending

    def _kill(self, what: str, command: Sequence[str], most_seconds: float) -> None:
        """Run a command and kill it at any moment of so many seconds, unless it has ended."""
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._random.uniform(0, most_seconds))
        self.tally.kill(what, process)


def kill_many(folder: Path, *, kills: int, seed: int) -> Rounds:
    """Kill so many processes, a service, a folder and a sync in turn.

    Raises:
        RecordsAstray: something that was acknowledged was lost or doubled.
    """
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    with account(history=HISTORY, per_second=PREDICTIONS_PER_SECOND) as replicate:
        rounds = Rounds(home, replicate, Random(seed))
        acts = cycle((rounds.kill_service, rounds.kill_folder, rounds.kill_sync))
        while rounds.tally.kills.total() < kills:
            next(acts)()
            rounds.check()
        rounds.finish(replicate.end_growth())
    return rounds


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m benchmarks.kill_service --kills 100`."""
    parser = argparse.ArgumentParser(description="Kill services, syncs and folders at work.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    folder = BUILD / "kills-service"
    folder.mkdir(parents=True, exist_ok=True)
    rounds = kill_many(folder, kills=options.kills, seed=options.seed)
    kills = ", ".join(f"{count} × {what}" for what, count in rounds.tally.kills.items())
    print(
        f"{rounds.tally.kills.total()} kills ({kills}); {rounds.tally.unharmed.total()} processes "
        f"had ended before. {rounds.records:,} records are in the ledger, each once, "
        f"{len(rounds.sent.acknowledged):,} of them acknowledged webhooks: nothing was lost or "
        "doubled."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
