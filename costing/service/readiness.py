"""Whether the service can do what it is for: each check with its finding and its mend.

Rule of this file: a check never raises. What fails makes the service unready; what only lacks, a
webhook secret or records, is a warning, since a service without it is of use too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from costing.app import Costing
from costing.doctor import Check, Verdict
from costing.errors import LedgerLocked
from costing.failure import failure_of
from costing.state.cursor import Cursor, set_cursor

if TYPE_CHECKING:
    from costing.service.service import Service
    from costing.service.upkeep import Rounds

WRITTEN = "readiness"
"""What is written to see whether anything can be: a cursor that nobody reads."""

LATE_ROUNDS = 10
"""A round that went well so many intervals ago, and not since, is one that does not work."""


async def check_readiness(service: Service) -> list[Check]:
    """Every check, in the order in which to mend."""
    checks: list[tuple[str, Callable[[], Awaitable[Check]]]] = [
        ("state", lambda: _check_state(service)),
        ("ledger", lambda: _check_ledger(service)),
        ("webhook secret", lambda: _check_secret(service)),
    ]
    found = [await _run(name, check) for name, check in checks]
    late = [check_rounds(service, one) for one in service.rounds if one.what != "forget"]
    return [*found, *late]


async def _run(name: str, check: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        failure = failure_of(error)
        return Check(name, Verdict.FAIL, failure.what, failure.help)


async def _check_state(service: Service) -> Check:
    """A transaction can be committed."""
    now = service.clock()
    await service.write(lambda one: set_cursor(one, Cursor(WRITTEN, "", now)))
    return Check("state", Verdict.PASS, "can be written")


async def _check_ledger(service: Service) -> Check:
    """The ledger can be read; one that somebody holds is not waited for, and none the worse."""
    hasty = Costing(replace(service.costing.settings, lock_wait_seconds=0))
    try:
        status = await service.lookups.ask(hasty.status)
    except LedgerLocked as error:
        return Check("ledger", Verdict.WARN, error.what)
    if not status.records:
        return Check("ledger", Verdict.WARN, "no records yet", "run `costing ingest FILE`")
    return Check("ledger", Verdict.PASS, f"{status.records} records")


async def _check_secret(service: Service) -> Check:
    if not service.webhook_keys:
        mend = "set `webhook_secret_file` and start the service anew"
        return Check("webhook secret", Verdict.WARN, "not set: webhooks are refused", mend)
    return Check("webhook secret", Verdict.PASS, f"{len(service.webhook_keys)} set")


def check_rounds(service: Service, rounds: Rounds) -> Check:
    """The last round of a kind went well, and not too long ago."""
    ended = rounds.ended
    if ended.done_at is None and not ended.failure:
        return Check(rounds.what, Verdict.WARN, "not done yet")
    since = ended.done_at or rounds.begun_at
    age_seconds = (service.clock() - since).total_seconds()
    found = "never done" if ended.done_at is None else f"{age_seconds:.0f} s ago"
    if not ended.failure:
        return Check(rounds.what, Verdict.PASS, found)
    is_late = age_seconds > LATE_ROUNDS * rounds.every_seconds
    verdict = Verdict.FAIL if is_late else Verdict.WARN
    return Check(rounds.what, verdict, f"{found}; since then: {ended.failure}")
