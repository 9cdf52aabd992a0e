"""Whether this installation is well: one check a function, each with its mend.

Rule of this file: a check never raises and never changes anything; what goes wrong inside it is
its finding. The clock is an argument.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from costing.errors import CostingError
from costing.failure import failure_of
from costing.ledger.connection import LEDGER_FILE

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.settings import Settings

OLD_BOOK = timedelta(days=90)
"""Replicate moved its prices about every half year; see the history in the book `replicate`."""

OLD_INGEST = timedelta(days=35)
"""Longer than a month: a monthly report would be about nothing."""


OLD_ARRIVAL = timedelta(minutes=30)
"""Far longer than a service or a report takes to fold what arrived."""

SYNC_CURSORS = "sync/"
"""Begins the names of all cursors that `costing.sync` keeps."""


class Verdict(StrEnum):
    """How a check ended."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check; `mend` is the next step, empty when all is well."""

    name: str
    verdict: Verdict
    found: str
    mend: str = ""


def check_settings(load: Callable[[], Settings]) -> tuple[Check, Settings | None]:
    """Check that the settings can be read; they are given back for the other checks."""
    try:
        settings = load()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return _failed("settings", error), None
    files = sorted({str(one) for one in settings.sources.values()})
    return Check("settings", Verdict.PASS, ", ".join(files) or "defaults only"), settings


def check_installation(settings: Settings, costing: Costing, now: datetime) -> list[Check]:
    """Every check beyond the settings, in the order in which to mend."""
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("home", lambda: _check_home(settings.home)),
        ("ledger", lambda: _check_ledger(costing)),
        ("inbox", lambda: _check_inbox(settings.home, now)),
        ("last ingest", lambda: _check_last_ingest(costing, now)),
        ("price book", lambda: _check_book(settings, now)),
        ("hardware map", lambda: _check_hardware(costing)),
        ("tags", lambda: _check_tags(settings)),
        ("budgets", lambda: _check_budgets(settings)),
        ("alerts", lambda: _check_alerts(settings.home)),
        ("clock", lambda: _check_clock(costing, now)),
        ("API token", lambda: _check_token(settings)),
        ("webhook secret", lambda: _check_secret(settings)),
        ("last sync", lambda: _check_last_sync(settings.home)),
    ]
    return [_run(name, check) for name, check in checks]


def _run(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return _failed(name, error)


def _failed(name: str, error: Exception) -> Check:
    failure = failure_of(error)
    place = f" ({failure.where})" if failure.where else ""
    found = "; ".join((f"{failure.what}{place}", *failure.notes))
    return Check(name, Verdict.FAIL, found, failure.help)


def _check_home(home: Path) -> Check:
    """The nearest folder that exists must be one that we may write; an archive is only read."""
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Check("home", Verdict.PASS, str(home))
    verdict = Verdict.WARN if (home / LEDGER_FILE).is_file() else Verdict.FAIL
    what = f"{home} cannot be written"
    return Check("home", verdict, what, "set COSTING_HOME to a folder of your own")


def _check_ledger(costing: Costing) -> Check:
    status = costing.status()
    if not status.records:
        return Check("ledger", Verdict.WARN, "no records yet", "run `costing ingest FILE`")
    megabytes = status.size_bytes // 1_000_000
    found = f"{status.records:,} records, schema {status.schema_version}, {megabytes:,} MB"
    return Check("ledger", Verdict.PASS, found)


def _check_last_ingest(costing: Costing, now: datetime) -> Check:
    last = costing.status().last_ingest
    if last is None:
        return Check("last ingest", Verdict.WARN, "never", "run `costing ingest FILE`")
    found = f"{last:%Y-%m-%d %H:%M} UTC"
    if now - last > OLD_INGEST:
        mend = "reports lack what happened since: run `costing ingest FILE`"
        return Check("last ingest", Verdict.WARN, found, mend)
    return Check("last ingest", Verdict.PASS, found)


def _check_book(settings: Settings, now: datetime) -> Check:
    """The book can be read, and somebody has lately looked whether its prices still hold."""
    from pricing.book import load_book

    book = load_book(settings.book, folders=settings.book_folders)
    checked_on = max((one.checked_on for one in book.versions if one.checked_on), default=None)
    found = f"{book.name}, {len(book.versions)} versions, checked on {checked_on or 'no day'}"
    if checked_on is None or now.date() - checked_on > OLD_BOOK:
        mend = "compare it with the published prices; `costing prices add` takes a new version"
        return Check("price book", Verdict.WARN, found, mend)
    return Check("price book", Verdict.PASS, found)


def _check_hardware(costing: Costing) -> Check:
    findings = costing.check_hardware()
    if findings:
        count = f"{len(findings)} finding{'s' if len(findings) > 1 else ''}"
        return Check("hardware map", Verdict.WARN, count, "run `costing hardware check`")
    missing = costing.missing_hardware()
    if missing:
        found = f"{len(missing)} models or deployments have no known hardware"
        return Check("hardware map", Verdict.WARN, found, "run `costing hardware missing`")
    return Check("hardware map", Verdict.PASS, "nothing is unrated for want of hardware")


def _check_tags(settings: Settings) -> Check:
    from costing.tag_file import read_tag_rules

    rules = read_tag_rules(settings)
    found = f"{len(rules)} set by {settings.tags_file}" if rules else "none by tags.toml"
    return Check("tags", Verdict.PASS, found)


def _check_budgets(settings: Settings) -> Check:
    """Nobody needs budgets; a file that was named, or that lies there, must be readable."""
    from costing.budget.place import NoBudgets
    from costing.budget.source import read_source

    file = settings.budgets_file
    try:
        source = read_source(settings)
    except NoBudgets:
        if settings.budgets is None:
            return Check("budgets", Verdict.PASS, f"none: there is no {file}")
        mend = "write it (docs/budgets.md shows how), or correct the setting `budgets`"
        return Check(
            "budgets", Verdict.FAIL, f"{file} is not there, though a setting names it", mend
        )
    if not source.budgets:
        return Check(
            "budgets", Verdict.WARN, f"{file} has no [[budget]]", "uncomment or write one there"
        )
    return Check("budgets", Verdict.PASS, f"{len(source.budgets)} in {file}")


def _check_alerts(home: Path) -> Check:
    """What budgets had to tell is told; an alert that reached nobody is as bad as none."""
    from costing.state.connection import open_store
    from costing.state.delivery import count_under_way, count_unheard
    from costing.state.file import has_state

    if not has_state(home):
        return Check("alerts", Verdict.PASS, "none yet")
    with open_store(home) as state:
        waiting, unheard = count_under_way(state), count_unheard(state)
    if unheard:
        mend = (
            "run `costing budget history`, mend the channel (`costing budget test CHANNEL`), then"
            " `costing budget ack ID`"
        )
        what = (
            "alert reached nobody: its messages were"
            if unheard == 1
            else ("alerts reached nobody: their messages were")
        )
        return Check("alerts", Verdict.FAIL, f"{unheard:,} {what} given up", mend)
    if waiting:
        found = f"{waiting:,} message{'' if waiting == 1 else 's'} to be sent"
        return Check("alerts", Verdict.WARN, found, "run `costing budget check`, which sends them")
    return Check("alerts", Verdict.PASS, "all were delivered")


def _check_clock(costing: Costing, now: datetime) -> Check:
    """A clock that is behind the ledger's own past is wrong."""
    try:
        last = costing.status().last_ingest
    except CostingError:
        last = None  # The check of the ledger tells what is wrong with it.
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    if last is not None and last > now:
        mend = "set this machine's clock: the last ingest lies in its future"
        return Check("clock", Verdict.FAIL, found, mend)
    return Check("clock", Verdict.PASS, found)


def _check_token(settings: Settings) -> Check:
    """Files need no token; only fetching from Replicate does."""
    from costing.replicate.error import TokenMissing
    from costing.replicate.token import find_token, token_file_warning

    try:
        find_token(settings.api_token, settings.api_token_file)
    except TokenMissing:
        mend = "files need none; set REPLICATE_API_TOKEN to fetch records from Replicate"
        return Check("API token", Verdict.WARN, "not set", mend)
    file = settings.api_token_file
    if settings.api_token is None and file is not None and (warning := token_file_warning(file)):
        return Check("API token", Verdict.WARN, warning, f"run `chmod 600 {file}`")
    return Check("API token", Verdict.PASS, "set")


def _check_secret(settings: Settings) -> Check:
    """Files and syncs need no webhook secret; only the service does."""
    from costing.service.secret import load_keys

    count = len(load_keys(settings))
    if not count:
        mend = "set `webhook_secret_file` before `costing serve` is to take webhooks in"
        return Check("webhook secret", Verdict.WARN, "not set", mend)
    return Check("webhook secret", Verdict.PASS, f"{count} set")


def _check_inbox(home: Path, now: datetime) -> Check:
    """What arrived is soon in the ledger, unless somebody holds that all the time."""
    from costing.fold import backlog_of

    backlog = backlog_of(home)
    if backlog.oldest_at is None:
        return Check("inbox", Verdict.PASS, "nothing waits")
    age = now - backlog.oldest_at
    found = f"{backlog.row_count:,} rows wait, the oldest for {age.total_seconds():,.0f} s"
    if age > OLD_ARRIVAL:
        mend = "run `costing report`: it folds them in, or says for whom it waits"
        return Check("inbox", Verdict.WARN, found, mend)
    return Check("inbox", Verdict.PASS, found)


def _check_last_sync(home: Path) -> Check:
    from costing.state.connection import open_store
    from costing.state.cursor import last_update
    from costing.state.file import has_state

    last = None
    if has_state(home):
        with open_store(home) as state:
            last = last_update(state, SYNC_CURSORS)
    if last is None:
        return Check("last sync", Verdict.PASS, "never: records come from elsewhere")
    return Check("last sync", Verdict.PASS, f"{last:%Y-%m-%d %H:%M} UTC")
