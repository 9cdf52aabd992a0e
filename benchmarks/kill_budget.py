"""Budget checks that overlap, a third killed at random moments: no alert is lost or doubled.

Rule of this file: whole processes of `costing budget check`, SIGKILL, and servers of their own
protocols that fail 30 % of what they are asked and lose the acknowledgement of 10 %. Spend grows
between the batches, so that each has something to tell. Time is the machine's: what failed is due
again within an hour and what was claimed by a process that was killed within minutes, so what is
left over is sent in the end under a clock that is set ahead. Then every message that was written
down was heard by its channel, under its one key, and nothing else was ever heard.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import Message
from pathlib import Path
from random import Random
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.process import BUILD, ROOT, costing, costing_environment, measure
from costing.budget.alert import AlertKey, Basis
from tests.budget.sample import write_spend
from tests.notify.postman import Postman
from tests.notify.receiver import Answer, Receiver, Request
from tests.notify.street import draw_answer, read_messages, write_channels

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.state.alert import Told

SEED = 4
RUNS = 200
AT_ONCE = 10
KILLED_OF = 3
"""One run in so many is killed."""

BUDGETS = ("a", "b", "c", "d")
CHANNELS = ("ops", "pager", "hook", "mail")
LIMIT_USD = 100
STEP_PERCENT = 4
"""A threshold stands at every such step of the limit."""

STEP_USD = "4.2"
"""Spend grows by so much with each batch: a little more than a step, so that none falls short."""

MOST_MAILS = 10_000
SETTLING = timedelta(minutes=65)
"""Longer than a lease, and than the longest wait between two attempts."""

MOST_SETTLINGS = 60
PATIENT_SECONDS = 300.0
LATEST_KILL = 0.8
"""No kill later than this part of what the batch before took: most have ended by then."""

EXPECTED_CODES = {0, 5, -9}
"""Well; well, with messages that the next run has to send; killed."""

MAIL = """
[[channel]]
name = "mail"
type = "mail"
host = "127.0.0.1"
port = {port}
security = "none"
from = "costing@acme.example"
to = ["ada@acme.example"]
"""
BUDGET = """
[[budget]]
name = "{name}"
limit_usd = {limit_usd}
period = "year"
thresholds = {thresholds}
max_staleness = "never"
"""

_MESSAGE_ID = re.compile(r"<([0-9A-F]{12})_opened_mail@")


class AlertsAstray(Exception):
    """An alert was lost, or came under a key that nobody wrote down."""


@dataclass(slots=True)
class Street:
    """What the servers were asked, and how they answered.

    Attributes:
        heard: messages that count as received, by channel and alert.
        answers: how many requests failed, were lost or went well.
    """

    random: Random
    heard: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def answer(self, request: Request) -> Answer:
        """Note what a request brings, and answer it, or not."""
        with self.lock:
            answer = draw_answer(self.random)
            self.answers[_name(answer)] += 1
            if answer.is_heard:
                self.heard.update(read_messages(request))
            return answer

    def mail_answers(self) -> dict[int, str | None]:
        """The same for mails, by their number."""
        spoken = {"failed": "451 try again", "lost": None, "taken": "250 taken"}
        return {number: spoken[_name(draw_answer(self.random))] for number in range(MOST_MAILS)}

    def hear_mails(self, mails: Sequence[Message], answers: dict[int, str | None]) -> None:
        """Note the mails that a server took, the acknowledgement of some of which was lost."""
        names = {"451 try again": "failed", None: "lost", "250 taken": "taken"}
        for number, mail in enumerate(mails):
            name = names[answers[number]]
            self.answers[name] += 1
            if name != "failed":
                found = _MESSAGE_ID.match(mail["Message-ID"])
                self.heard[f"mail {found[1] if found else mail['Message-ID']}"] += 1


def _name(answer: Answer) -> str:
    return "lost" if answer.is_lost else "taken" if answer.is_heard else "failed"


@dataclass(slots=True)
class Trial:
    """One data directory and what was done to the processes in it."""

    home: Path
    random: Random
    kills: int = 0
    batches: int = 0
    batch_seconds: float = 5.0
    settlings: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    complaints: set[str] = field(default_factory=set)

    @property
    def runs(self) -> int:
        """Checks that were started."""
        return self.codes.total()

    def overlap(self, count: int) -> None:
        """Let spend grow, and let so many checks see it at the same time, some of them killed."""
        self._spend()
        begin = perf_counter()
        running = [self._start() for _ in range(count)]
        owed = min((self.runs + count) // KILLED_OF - self.kills, count)
        victims = self.random.sample(running, owed)
        latest = self.batch_seconds * LATEST_KILL
        moments = sorted(self.random.uniform(0, latest) for _ in victims)
        for victim, moment in zip(victims, moments, strict=True):
            self._kill(victim, begin + moment)
        for process in running:
            self._note(process)
        self.batch_seconds = perf_counter() - begin

    def settle(self) -> None:
        """Send what is left over, an hour later each time.

        Raises:
            AlertsAstray: it never came to an end.
        """
        for number in range(MOST_SETTLINGS):
            ahead = number * SETTLING
            relayed = self._open(ahead).check_budgets().relayed
            if number and (relayed is None or relayed.remaining == 0):
                self.settlings = number
                return
        raise AlertsAstray(f"messages remain after {MOST_SETTLINGS} rounds")

    def history(self) -> tuple[Told, ...]:
        """Every alert that was written down."""
        return self._open(timedelta(0)).budget_history(limit=1_000_000)

    def _open(self, ahead: timedelta) -> Costing:
        from costing.app import Costing
        from costing.settings import Settings

        return Costing(Settings(home=self.home), clock=lambda: datetime.now(UTC) + ahead)

    def _spend(self) -> None:
        file = self.home / "spend.jsonl"
        write_spend(file, [(datetime.now(UTC), STEP_USD)], first=self.batches)
        measure(costing("ingest", file), costing_environment(self.home))
        self.batches += 1

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            costing("budget", "check"),
            cwd=ROOT,
            env=costing_environment(self.home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def _kill(self, victim: subprocess.Popen[bytes], moment: float) -> None:
        """Kill a check at a moment, unless it has ended by then."""
        with suppress(subprocess.TimeoutExpired):
            victim.wait(max(0.0, moment - perf_counter()))
        if victim.poll() is None:
            victim.kill()
            self.kills += 1

    def _note(self, process: subprocess.Popen[bytes]) -> None:
        _, said = process.communicate(timeout=PATIENT_SECONDS)
        self.codes[process.returncode] += 1
        if process.returncode not in EXPECTED_CODES:
            self.complaints.add(said.decode()[-500:])


def expected_alerts(batches: int) -> set[str]:
    """Ids of the alerts of so much spend, from the rules alone and from nothing that was stored."""
    spent_usd = Decimal(STEP_USD) * batches
    steps = range(STEP_PERCENT, 101, STEP_PERCENT)
    period = f"{datetime.now(UTC).year}-01-01"
    return {
        AlertKey(budget, period, Basis.ACTUAL, f"actual:{step}pct").alert_id
        for budget in BUDGETS
        for step in steps
        if Decimal(step) * LIMIT_USD / 100 <= spent_usd
    }


def check_alerts(trial: Trial, street: Street) -> int:
    """Compare what is written down and what was heard; how many messages there were.

    Raises:
        AlertsAstray: an alert is missing, was not heard, or was heard under another key.
    """
    told = trial.history()
    ids = [one.stored.alert.alert_id for one in told]
    sent = {one.stored.alert.alert_id for one in told if one.stored.alert.is_sent}
    expected = {f"{channel} {alert_id}" for channel in CHANNELS for alert_id in sent}
    states = Counter(one.state.value for alert in told for one in alert.deliveries)
    _refuse("recorded twice", [one for one, count in Counter(ids).items() if count > 1])
    _refuse("never recorded, or under another key", set(ids) ^ expected_alerts(trial.batches))
    _refuse("never heard", expected - street.heard.keys())
    _refuse("heard under a second key", street.heard.keys() - expected)
    _refuse("not delivered", states.keys() - {"delivered"})
    _refuse("ended badly", trial.complaints)
    return len(expected)


def _refuse(what: str, found: Collection[str]) -> None:
    if found:
        raise AlertsAstray(f"{what}: {len(found)}, such as {sorted(found)[:3]}")


def set_up(home: Path, url: str, port: int) -> None:
    """A data directory with budgets and channels that nothing was taken into yet."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    thresholds = [f"{step}%" for step in range(STEP_PERCENT, 101, STEP_PERCENT)]
    budgets = [
        BUDGET.format(name=name, limit_usd=LIMIT_USD, thresholds=thresholds) for name in BUDGETS
    ]
    write_channels(home, url, MAIL.format(port=port) + "".join(budgets))


def kill_many(home: Path, *, runs: int, seed: int) -> tuple[Trial, Street, int]:
    """Start so many checks in batches, kill a third of them, and look for every alert.

    Raises:
        AlertsAstray: an alert was lost, or came under a second key.
    """
    random = Random(seed)
    street = Street(random)
    trial = Trial(home, random)
    answers = street.mail_answers()
    with Receiver(street.answer) as receiver, Postman(answers=answers) as postman:
        set_up(home, receiver.url, postman.port)
        while trial.runs < runs:
            trial.overlap(min(AT_ONCE, runs - trial.runs))
        trial.settle()
        street.hear_mails(postman.taken, answers)
    return trial, street, check_alerts(trial, street)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m benchmarks.kill_budget --runs 200`."""
    parser = argparse.ArgumentParser(description="Kill budget checks at work.")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    home = BUILD / "kills-budget"
    trial, street, messages = kill_many(home, runs=options.runs, seed=options.seed)
    codes = ", ".join(f"{count} × {code}" for code, count in sorted(trial.codes.items()))
    answers = ", ".join(f"{count} {name}" for name, count in sorted(street.answers.items()))
    print(
        f"{trial.runs} checks, {AT_ONCE} at once, {trial.kills} of them killed (exit codes: "
        f"{codes}). {len(expected_alerts(trial.batches))} alerts, {messages} messages to "
        f"{len(CHANNELS)} channels; requests: {answers}. Every message was heard, "
        f"{street.heard.total() - messages} repeats under the same key, none under a second one; "
        f"{trial.settlings} hours of repeats after the last check."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
