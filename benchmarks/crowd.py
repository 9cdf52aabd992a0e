"""Everybody who uses one data directory at the same time, each as a loop until it is over.

Rule of this file: whoever is a user of ours must see no error. What a command writes to stderr may
say for whom it waits; a question over HTTP that would wait for too long may be refused while
somebody holds the ledger from outside, if it says who. Everything has an end within
`LONGEST_SECONDS`; what has not waits for ever.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from random import Random
from time import monotonic
from urllib.error import HTTPError
from urllib.request import urlopen

from benchmarks.process import ROOT, costing, costing_environment, python
from benchmarks.webhook import SECRET

LONGEST_SECONDS = 240.0
PAUSE_SECONDS = 1.0
METRICS_EVERY_SECONDS = 2.0
ANALYST_PAUSE_SECONDS = (5.0, 20.0)
IN_USE = "in use by process"
"""In what is told to whoever does not wait any longer."""

_WAITS = re.compile(r"waiting for process \d+ ")


@dataclass(slots=True)
class Notes:
    """What was seen.

    Attributes:
        errors: what a user saw that is an error; none may be there.
        counts: what was done, by name.
        longest_seconds: by name, the longest time that one took.
        holders: processes from outside that held the ledger read-write, while they did.
        oldest_seconds: the greatest age of the oldest row in the inbox.
    """

    errors: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    longest_seconds: dict[str, float] = field(default_factory=dict)
    holders: set[int] = field(default_factory=set)
    oldest_seconds: float = 0.0

    def took(self, what: str, seconds: float) -> None:
        """Count something that was done, and how long it took."""
        self.counts[what] += 1
        self.longest_seconds[what] = max(self.longest_seconds.get(what, 0.0), seconds)


@dataclass(slots=True)
class Crowd:
    """The place where all meet.

    Attributes:
        is_over: set when each is to end after what is under way.
        variables: what tells `costing` where Replicate's interface is.
    """

    home: Path
    variables: Mapping[str, str]
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    notes: Notes = field(default_factory=Notes)

    async def pause(self, seconds: float) -> None:
        """Do nothing for so long, or until it is over."""
        try:
            async with asyncio.timeout(seconds):
                await self.is_over.wait()
        except TimeoutError:
            return

    async def start(self, command: Sequence[str]) -> Process:
        """A process that works in the same data directory."""
        variables = {"COSTING_WEBHOOK_SECRET": SECRET}
        environment = costing_environment(self.home) | dict(self.variables) | variables
        return await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )


@asynccontextmanager
async def serving(crowd: Crowd, *options: str) -> AsyncIterator[tuple[int, Process]]:
    """The service: its port and its process; SIGTERM ends it."""
    process = await crowd.start(costing("serve", "--port", "0", *options))
    assert process.stderr is not None
    told = json.loads(await process.stderr.readline())
    reading = asyncio.create_task(_read_log(crowd, process.stderr))
    try:
        yield int(told["url"].rpartition(":")[2]), process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()
        await reading


async def _read_log(crowd: Crowd, log: asyncio.StreamReader) -> None:
    """Look through the log: a round that failed must say for whom it could not be done."""
    while line := await log.readline():
        event = json.loads(line)
        if "traceback" in event or event["level"] == "error":
            crowd.notes.errors.append(f"service: {event}")
        elif event["event"].endswith(" failed"):
            crowd.notes.counts[event["event"]] += 1
            if IN_USE not in event["reason"]:
                crowd.notes.errors.append(f"service: {event}")


async def report_again_and_again(crowd: Crowd, *arguments: str) -> None:
    """Somebody who asks the command line for a report, one after the other."""
    while not crowd.is_over.is_set():
        output = await _run(crowd, "report", costing("report", *arguments))
        if b"waiting" in output and b'"waiting": null' not in output:
            crowd.notes.counts["reports that told what waits"] += 1
        await crowd.pause(PAUSE_SECONDS)


async def ask_again_and_again(crowd: Crowd, port: int, query: str) -> None:
    """Somebody who asks the service for a report, one after the other."""
    url = f"http://127.0.0.1:{port}/api/v1/reports/{query}"
    while not crowd.is_over.is_set():
        before, begin = set(crowd.notes.holders), monotonic()
        status, body = await asyncio.to_thread(_get, url)
        crowd.notes.took("question over HTTP", monotonic() - begin)
        if status == HTTPStatus.OK:
            is_late = b'"waiting": null' not in body
            crowd.notes.counts["reports that told what waits"] += is_late
        else:
            is_held = bool(before | crowd.notes.holders)
            _excuse(crowd, status, body.decode(), is_held=is_held)
        await crowd.pause(PAUSE_SECONDS)


def _excuse(crowd: Crowd, status: int, body: str, *, is_held: bool) -> None:
    """A refusal is none of ours only while somebody holds the ledger, and if it says who."""
    if is_held and status == HTTPStatus.SERVICE_UNAVAILABLE and IN_USE in body:
        crowd.notes.counts["questions refused with the holder's name"] += 1
    else:
        crowd.notes.errors.append(f"HTTP {status}: {body}")


def _get(url: str) -> tuple[int, bytes]:
    try:
        with urlopen(url, timeout=LONGEST_SECONDS) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


async def ingest_again_and_again(crowd: Crowd, file: Path, pause_seconds: float) -> None:
    """Somebody who takes one large file in, and then the same again."""
    while not crowd.is_over.is_set():
        await _run(crowd, "ingest", costing("ingest", file))
        await crowd.pause(pause_seconds)


async def _run(crowd: Crowd, what: str, command: Sequence[str]) -> bytes:
    """Run a command to its end; what it wrote."""
    begin = monotonic()
    process = await crowd.start(command)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            output, complaint = await process.communicate()
    except TimeoutError:
        process.kill()
        crowd.notes.errors.append(f"{what}: no end after {LONGEST_SECONDS:g} seconds")
        return b""
    crowd.notes.took(what, monotonic() - begin)
    if _WAITS.search(complaint.decode()):
        crowd.notes.counts[f"{what} told for whom it waits"] += 1
    if process.returncode != 0:
        crowd.notes.errors.append(f"{what}: {process.returncode}: {complaint.decode()}")
    return output


async def sync_and_watch(crowd: Crowd, every: str) -> None:
    """`costing sync --watch` until it is over."""
    process = await crowd.start(costing("sync", "--since", "60d", "--watch", every))
    reading = asyncio.create_task(process.communicate())
    await crowd.is_over.wait()
    process.send_signal(signal.SIGTERM)
    output, complaint = await reading
    crowd.notes.counts["syncs"] += output.count(b"\n")
    if process.returncode != 0 or b"failed" in complaint or b"error" in complaint:
        crowd.notes.errors.append(f"sync: {process.returncode}: {complaint.decode()}")


async def analyse_again_and_again(crowd: Crowd, random: Random, most_seconds: float) -> None:
    """Somebody who looks into the ledger with DuckDB, read-only, for up to so long."""
    while not crowd.is_over.is_set():
        await hold(crowd, random.uniform(most_seconds / 10, most_seconds))
        await crowd.pause(random.uniform(*ANALYST_PAUSE_SECONDS))


async def hold(crowd: Crowd, seconds: float, *options: str) -> None:
    """Hold the ledger from outside, read-only unless the options say otherwise."""
    what = "writer from outside" if options else "analyst"
    command = python("-m", "benchmarks.analyst", crowd.home, "--seconds", str(seconds), *options)
    process = await crowd.start(command)
    assert process.stdout is not None
    reading = asyncio.create_task(process.stderr.read()) if process.stderr else None
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            first = await process.stdout.readline()
    except TimeoutError:
        process.kill()
        crowd.notes.errors.append(f"{what}: the ledger was never free")
        return
    if options:
        crowd.notes.holders.add(process.pid)
    await process.stdout.read()
    await process.wait()
    crowd.notes.holders.discard(process.pid)
    if process.returncode != 0 or not first:
        complaint = (await reading).decode() if reading else ""
        crowd.notes.errors.append(f"{what}: {process.returncode}: {complaint}")
    else:
        crowd.notes.took(f"{what} waited", json.loads(first)["waited_seconds"])


async def watch_measures(crowd: Crowd, port: int) -> None:
    """Look at `/metrics`: how old what waits becomes."""
    while not crowd.is_over.is_set():
        begin = monotonic()
        _, body = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")
        crowd.notes.took("metrics", monotonic() - begin)
        found = re.search(rb"^costing_inbox_oldest_seconds ([\d.e+-]+)$", body, re.MULTILINE)
        age_seconds = float(found[1]) if found else 0.0
        crowd.notes.oldest_seconds = max(crowd.notes.oldest_seconds, age_seconds)
        await crowd.pause(METRICS_EVERY_SECONDS)


def memory_bytes(process_id: int) -> int:
    """Memory that a living process has at this moment; proc(5), `statm`."""
    pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
