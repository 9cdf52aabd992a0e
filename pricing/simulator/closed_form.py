"""What queueing theory knows exactly: the oracle that the kernel is held to.

Sources: Erlang (1917); Pollaczek and Khinchine; for the boot and the idle timeout the M/G/1 queue
with a setup that happens with probability e^(-λT) (Welch 1964).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from pricing.simulator.error import ImpossibleInput, Unstable


def erlang_b(servers: int, load: float) -> float:
    """Share of requests that find all servers busy and are turned away (M/G/c/c).

    Args:
        servers: at least 0.
        load: offered load in Erlang, above 0.

    >>> round(erlang_b(4, 2.8), 6)
    0.183724
    """
    _check(servers, load)
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share of requests that wait (M/M/c).

    Raises:
        Unstable: the load is not below the number of servers.

    >>> round(erlang_c(4, 2.8), 6)
    0.428654
    """
    _check(servers, load)
    if load >= servers:
        raise Unstable("M/M/c", load, servers)
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def wait_mmc(servers: int, load: float, service_seconds: float) -> float:
    """Mean wait in seconds (M/M/c)."""
    return erlang_c(servers, load) * service_seconds / (servers - load)


def wait_exceeds_mmc(servers: int, load: float, service_seconds: float, seconds: float) -> float:
    """Share of requests that wait longer than so many seconds (M/M/c)."""
    return erlang_c(servers, load) * exp(-(servers - load) * seconds / service_seconds)


def wait_mg1(rate: float, mean_seconds: float, scv: float) -> float:
    """Mean wait in seconds (M/G/1)."""
    busy = rate * mean_seconds
    if busy >= 1:
        raise Unstable("M/G/1", busy, 1)
    return rate * mean_seconds**2 * (1 + scv) / (2 * (1 - busy))


@dataclass(frozen=True, slots=True)
class ScaledToZero:
    """One instance that goes off when idle: the means of M/G/1 with boot and idle timeout."""

    wait_seconds: float
    online_share: float
    boots_per_second: float


def scale_to_zero(
    rate: float, mean_seconds: float, scv: float, *, boot_seconds: float, idle_seconds: float
) -> ScaledToZero:
    """Means of one instance with a boot of fixed length, and an idle timeout."""
    booted = exp(-rate * idle_seconds)
    rest = 1 - rate * mean_seconds
    extra = booted * (2 * boot_seconds + rate * boot_seconds**2)
    wait = wait_mg1(rate, mean_seconds, scv) + extra / (2 * (1 + rate * booted * boot_seconds))
    busy = (booted * boot_seconds + mean_seconds) / rest
    cycle = 1 / rate + busy
    return ScaledToZero(wait, ((1 - booted) / rate + busy) / cycle, booted / cycle)


def marginal_utilisation(server: int, load: float) -> float:
    """Busy share of the last of so many servers when the others are asked first (Moe)."""
    return load * (erlang_b(server - 1, load) - erlang_b(server, load))


def _check(servers: int, load: float) -> None:
    if servers < 0 or not 0 < load < float("inf"):
        raise ImpossibleInput("load", load, "give servers from 0 and a load above 0")
