"""Webhooks sent by several senders at a pace, and what became of each.

Rule of this file: a number counts as acknowledged only when its 200 was read. What is answered
otherwise, or not at all, is sent again under the same `webhook-id`, as Replicate does; a sender
ends when the service is gone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from benchmarks.webhook import webhook_id, webhook_request

SENDERS = 16
AGAIN_SECONDS = 0.5
LONGEST_ANSWER_SECONDS = 60.0
"""Longer than any answer may take; whoever waits longer waits for ever."""

_GONE = (ConnectionError, asyncio.IncompleteReadError)


@dataclass(slots=True)
class Sent:
    """What became of the webhooks.

    Attributes:
        acknowledged: ids of predictions whose webhook was answered 200.
        attempted: ids of all that were sent.
        refused: other answers, by status.
        longest_seconds: the longest wait for an answer.
    """

    acknowledged: set[str] = field(default_factory=set)
    attempted: set[str] = field(default_factory=set)
    refused: Counter[int] = field(default_factory=Counter)
    longest_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent.

    Attributes:
        port: of the service, on this machine.
        name: begins every id, so that two loads share none.
        per_second: how many a second, by all senders together.
    """

    port: int
    name: str
    per_second: float


async def send_webhooks(load: Load, sent: Sent, is_over: asyncio.Event) -> None:
    """Send until it is over or the service is gone."""
    numbers = iter(range(10**9))
    senders = [_send(load, sent, numbers, is_over) for _ in range(SENDERS)]
    await asyncio.gather(*senders)


async def _send(load: Load, sent: Sent, numbers: Iterator[int], is_over: asyncio.Event) -> None:
    """One connection: a webhook, its answer, a pause that keeps the pace."""
    pause_seconds = SENDERS / load.per_second
    with suppress(*_GONE):
        reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
        try:
            while not is_over.is_set():
                next_at = monotonic() + pause_seconds
                await _deliver(next(numbers), load, sent, reader, writer)
                await asyncio.sleep(max(0.0, next_at - monotonic()))
        finally:
            writer.close()


async def _deliver(
    number: int,
    load: Load,
    sent: Sent,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Send one webhook until it is acknowledged."""
    id_ = webhook_id(number, name=load.name)
    sent.attempted.add(id_)
    while True:
        begin = monotonic()
        writer.write(webhook_request(number, name=load.name))
        async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
            status = await _read_status(reader)
        sent.longest_seconds = max(sent.longest_seconds, monotonic() - begin)
        if status == 200:
            sent.acknowledged.add(id_)
            return
        sent.refused[status] += 1
        await asyncio.sleep(AGAIN_SECONDS)


async def _read_status(reader: asyncio.StreamReader) -> int:
    """The status of the next answer, which is read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    await reader.readexactly(int(headers["content-length"]))
    return int(first.split(" ")[1])
