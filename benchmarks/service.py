"""Signed webhooks over HTTP: each durable before its answer, and by the same server without that.

Rule of this file: the server is a process of its own, and so is the load, which speaks through
plain sockets and has every request ready before the clock starts, so that it is the server that is
measured. Both servers verify, read and answer alike; the second one's writer drops the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks.contest import Bound, Outcome, compare_times
from benchmarks.process import BUILD, ROOT, Measured, costing_environment, interleave, python
from benchmarks.webhook import SECRET, webhook_request

if TYPE_CHECKING:
    from costing.state.store import Transaction

HOME = BUILD / "home-service"
WEBHOOKS = 30_000
QUICK_WEBHOOKS = 5_000
CONNECTIONS = 128
OK = b"HTTP/1.1 200"
END = b"\n"

Result = TypeVar("Result")


class RowsMissing(Exception):
    """The inbox holds something else than what was answered 200."""

    def __init__(self, sent: int, found: int) -> None:
        super().__init__(f"{sent} webhooks were answered 200, {found} are in the inbox")


class NotTaken(Exception):
    """A webhook was not answered 200."""


def compare_service(webhooks: int, repeats: int) -> list[Outcome]:
    """The row on webhooks, both servers in turn."""
    ours, reference = interleave(
        (lambda: _measure(webhooks, "durable"), lambda: _measure(webhooks, "forgetful")), repeats
    )
    return [compare_times(Bound.WEBHOOKS, ours, reference)]


def _measure(webhooks: int, kind: str) -> Measured:
    """Seconds that a server takes for so many webhooks."""
    with _fresh_home() as home, _server(home, kind) as (server, port):
        begin = _processor_seconds(server)
        load = subprocess.run(
            python("-m", "benchmarks.service", "load", home, str(port), str(webhooks)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        processor_seconds = _processor_seconds(server) - begin
    seconds, found = load.stdout.split()
    if kind == "durable" and int(found) != webhooks:
        raise RowsMissing(webhooks, int(found))
    return Measured(float(seconds), processor_seconds)


def _processor_seconds(process_id: int) -> float:
    """What all threads of a living process have taken so far; proc(5), fields 14 and 15."""
    stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _fresh_home() -> Iterator[Path]:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    yield HOME
    shutil.rmtree(HOME)


@contextmanager
def _server(home: Path, kind: str) -> Iterator[tuple[int, int]]:
    """A server that listens: the id of its process, and its port."""
    process = subprocess.Popen(
        python("-m", "benchmarks.service", "serve", home, kind, "0"),
        cwd=ROOT,
        env=costing_environment(home),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        told = json.loads(process.stderr.readline())
        yield process.pid, int(told["url"].rpartition(":")[2])
    finally:
        process.terminate()
        process.communicate()  # It tells only what went wrong, so its pipe cannot be full.


class Forgetful:
    """A writer that says it has written, for the server that keeps nothing."""

    def submit(self, work: Callable[[Transaction], Result]) -> Future[Result]:
        """Answer at once as the inbox would have."""
        from costing.state.inbox import Taken

        del work
        done: Future[Result] = Future()
        done.set_result((Taken.APPENDED,))  # type: ignore[arg-type]
        return done

    def close(self) -> None:
        """Nothing is held."""


def _serve(home: Path, kind: str, _webhooks: int) -> None:
    """The part of a server."""
    from costing.app import Costing
    from costing.service.server import Address, listen, run
    from costing.service.service import Service, Writer
    from costing.service.webhook import read_secret
    from costing.settings import load_settings

    def forget() -> Writer:
        return Forgetful()

    service = Service(
        Costing(load_settings({"home": str(home)})),
        webhook_keys=[read_secret(SECRET)],
        open_writer=forget if kind == "forgetful" else None,
    )
    service.rounds = ()
    run(service, listen(Address(port=0)))


def _load(home: Path, port: str, webhooks: int) -> None:
    """The part of the load: seconds for all webhooks, and how many the inbox then holds."""
    from costing.state.connection import open_store
    from costing.state.inbox import measure_backlog

    requests = [webhook_request(number) for number in range(webhooks)]
    begin = time.perf_counter()
    asyncio.run(_send_all(int(port), requests))
    seconds = time.perf_counter() - begin
    with open_store(home) as store:
        print(seconds, measure_backlog(store).row_count)


async def _send_all(port: int, requests: Sequence[bytes]) -> None:
    """Send every request, over so many connections at once, each after the answer to the last."""
    waiting = iter(requests)
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(CONNECTIONS)]
    for one in done:
        await loop.create_connection(lambda one=one: _Sender(waiting, one), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*done)


class _Sender(asyncio.Protocol):
    """One connection: the next request as soon as the last one is answered."""

    def __init__(self, waiting: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self._waiting = waiting
        self._done = done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer; ours end with a line break, in the head as in the body."""
        self._answer += data
        _, has_body, body = self._answer.partition(b"\r\n\r\n")
        if not has_body or not body.endswith(END):
            return
        if not self._answer.startswith(OK):
            self._done.set_exception(NotTaken(self._answer.decode()))
            self._transport.close()
            return
        self._answer = b""
        self._send()

    def _send(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._transport.close()
            self._done.set_result(None)
        else:
            self._transport.write(request)


ROLES = {"serve": _serve, "load": _load}


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.service load HOME PORT 30000`: play one part."""
    parser = argparse.ArgumentParser(description="Play one part of the benchmark of the service.")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("home", type=Path)
    parser.add_argument("what", help="the server's kind, or its port")
    parser.add_argument("webhooks", type=int)
    options = parser.parse_args(arguments)
    ROLES[options.role](options.home, options.what, options.webhooks)


if __name__ == "__main__":
    main()
