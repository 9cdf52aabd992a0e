"""The service as a process: a socket, uvicorn, and an end that loses nothing.

Rule of this file: beyond loopback nothing is served without a token. SIGTERM and Ctrl-C let what
is in flight be answered, then the state is let go of; see `costing.service.service`.
"""

from __future__ import annotations

import ipaddress
import signal
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from costing.service import journal
from costing.service.application import build_application
from costing.service.error import NoPlace, NotLoopback
from costing.service.service import STOP_SECONDS, Service
from costing.state.connection import open_store
from costing.state.token import list_tokens

if TYPE_CHECKING:
    from datetime import datetime

    from costing.settings import Settings

LOCK_WAIT_SECONDS = 30.0
"""How long a question waits for the ledger at most; after that 503 says who holds it. Long enough
for the reports and the merge of a large file that may come before it on a busy machine."""

ROUND_WAIT_SECONDS = 10.0
"""The same for a fold or a sync, which are done again at their next time: less than the end of the
service waits for them, so that none is cut off."""

KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens. Port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 8321

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def bounded_wait(settings: Settings, most_seconds: float) -> Settings:
    """The same settings, but for that nobody waits for the ledger without end."""
    asked = settings.lock_wait_seconds
    wait_seconds = most_seconds if asked is None else min(asked, most_seconds)
    return replace(settings, lock_wait_seconds=wait_seconds)


def check_tokens(settings: Settings, address: Address, now: datetime) -> None:
    """Refuse to be open to others without a token.

    Raises:
        NotLoopback: others could reach it, and no token is in force.
    """
    if address.is_loopback:
        return
    with open_store(settings.home) as store:
        if not any(token.is_valid(now) for token in list_tokens(store)):
            raise NotLoopback(address.host)


def listen(address: Address) -> socket.socket:
    """A socket that takes connections.

    Raises:
        NoPlace: the address is taken or none of ours.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        family = found[0][0]
        return socket.create_server(
            (address.host, address.port), family=family, backlog=BACKLOG, reuse_port=False
        )
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NoPlace(address.host, address.port, reason) from error


def run(service: Service, listening: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C, and end in order."""
    import uvicorn

    from costing.service.head import bounded_heads

    journal.begin()
    config = uvicorn.Config(
        build_application(service),
        http=bounded_heads(service.limits),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(STOP_SECONDS),
    )
    # uvicorn raises the signal again once it has ended, for whoever was there before it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    _tell_beginning(service, listening)
    uvicorn.Server(config).run(sockets=[listening])
    service.journal.tell("ended")


def _tell_beginning(service: Service, listening: socket.socket) -> None:
    """Tell where the service listens, once it is known that the state can be opened.

    Raises:
        CostingError: it cannot.
    """
    with open_store(service.costing.settings.home) as store:
        is_open_to_all = not list_tokens(store)
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    service.journal.tell(
        "listening",
        url=f"http://{shown}:{port}",
        webhook_secrets=len(service.webhook_keys),
        rounds=[one.what for one in service.rounds],
    )
    if is_open_to_all:
        service.journal.warn("without a token every user of this machine may ask")
