"""The terms under which usage is priced, as temporary tables beside the ledger's own.

Rule of this file: `pricing` compiles the terms once for every distinct subject, and the view
`charge` joins them. Compiled terms are kept in a file whose name is a digest of everything they
follow from (book, rules, hardware map, releases, catalogue, the subjects themselves, this program's
version): a stale one is never found, and deleting them loses nothing.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from costing import __version__
from costing.ledger.connection import quoted
from costing.ledger.statement import literal_path, read_statement, run_statement
from costing.ledger.subject import read_subjects
from costing.spill import make_spill_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from pricing.calendar import Period
    from pricing.term import Tariff, Term

_FOLDER = "ledger/views"
_MOST_FILES = 20


def load_terms(
    connection: DuckDBPyConnection, tariff: Tariff, home: Path, period: Period | None = None
) -> None:
    """Make the temporary tables `term` and `rule_pay` for every subject of the open ledger.

    Args:
        connection: the ledger, open for reading.
        tariff: what the subjects are priced by.
        home: data directory, in whose folder `cache` compiled terms are kept.
        period: instants outside which nothing will be asked, so that fewer terms are loaded.
    """
    path = home / "cache" / f"term-{_digest(connection, tariff)}.parquet"
    if not _load_kept(connection, path, period):
        _compile(connection, tariff, home, path)
    _load_pays(connection, tariff)


def load_views(connection: DuckDBPyConnection) -> None:
    """Make the views `record`, `used` and `charge` over the terms that were loaded."""
    for name in ("measure", "record", "used", "charge"):
        run_statement(connection, _FOLDER, name)


def load_other_terms(
    connection: DuckDBPyConnection, tariff: Tariff, home: Path, period: Period | None = None
) -> None:
    """Make `term_other` and `rule_pay_other` of a second tariff; the first is loaded after it."""
    load_terms(connection, tariff, home, period)
    for name in ("term", "rule_pay"):
        connection.execute(f"create or replace temp table {name}_other as from {name}")


def load_other_views(connection: DuckDBPyConnection) -> None:
    """Make the view `used_other` over the terms of the second tariff."""
    run_statement(connection, _FOLDER, "charge_other")


def _load_kept(connection: DuckDBPyConnection, path: Path, period: Period | None) -> bool:
    """Load what was kept; False where nothing is, or where it is torn."""
    import duckdb

    given = {
        "path": literal_path(path),
        "since": _edge(period.start if period else None, "0001-01-01"),
        "until": _edge(period.end if period else None, "9999-12-31"),
    }
    try:
        run_statement(connection, _FOLDER, "load_kept_term", given)
    except duckdb.Error:
        return False
    return True


def _edge(instant: datetime | None, otherwise: str) -> str:
    """An edge of a period as the ledger writes it; an open one is the first or the last day."""
    return otherwise if instant is None else instant.replace(tzinfo=None).isoformat()


def _digest(connection: DuckDBPyConnection, tariff: Tariff) -> str:
    """One name for everything that the terms follow from."""
    subjects = connection.execute(read_statement(_FOLDER, "digest_subjects")).fetchone()
    parts = (
        shipped_digest(),
        tariff.book.digest,
        tariff.rules.rules,
        tariff.hardware_map.entries,
        tariff.releases,
        _sightings(tariff),
        subjects,
    )
    return sha256(repr(parts).encode()).hexdigest()[:32]


def _sightings(tariff: Tariff) -> tuple[object, ...]:
    """Everything that the catalogue says; empty where it is refused."""
    catalogue = tariff.catalogue
    return () if catalogue is None else tuple(map(catalogue.observations, catalogue.models))


@cache
def shipped_digest() -> str:
    """One name for the program that compiles and for the facts it ships beside the price books."""
    folder = files("pricing")
    shipped = ("units.toml", "skus.toml")
    content = b"".join(folder.joinpath(name).read_bytes() for name in shipped)
    content += read_statement(_FOLDER, "load_term").encode()
    return f"{__version__} {sha256(content).hexdigest()}"


def _compile(connection: DuckDBPyConnection, tariff: Tariff, home: Path, path: Path) -> None:
    """Compile the terms, load them through a file, and keep them whole or not at all."""
    from pricing.compilation import compile_terms

    folder = make_spill_folder(home)
    try:
        spool = folder / "term.jsonl"
        with spool.open("w", encoding="utf-8") as file:
            terms = compile_terms(read_subjects(connection), tariff)
            file.writelines(f"{_line(term)}\n" for term in terms)
        run_statement(connection, _FOLDER, "load_term", {"path": literal_path(spool)})
        _keep(connection, folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _line(term: Term) -> str:
    return json.dumps({name: _value(getattr(term, field)) for name, field in _term_fields()})


def _term_fields() -> Iterator[tuple[str, str]]:
    """Column of the table and field of the class, alike but for the word that Python reserves."""
    from pricing.term import Term

    return ((field.name.rstrip("_"), field.name) for field in fields(Term))


def _value(value: object) -> object:
    """A field in JSON: prices and instants as text."""
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.replace(tzinfo=None).isoformat()
        case _:
            return value


def _keep(connection: DuckDBPyConnection, unfinished: Path, path: Path) -> None:
    """Keep the loaded terms for the next time and drop the oldest kept.

    A disk that has no room for them stops no report.
    """
    import duckdb

    with suppress(OSError, duckdb.Error):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"copy term to {quoted(unfinished)} (format parquet)")
        unfinished.replace(path)
        kept = sorted(path.parent.glob("term-*.parquet"), key=_age)
        for old in kept[:-_MOST_FILES]:
            old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """When a file was written, 0 where another process has just removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _load_pays(connection: DuckDBPyConnection, tariff: Tariff) -> None:
    rows = [
        (rule.rule_id, status, pay.value, str(rule.is_documented(status)).lower())
        for rule in tariff.rules.rules
        for status, pay in sorted(rule.pays.items())
    ]
    names = ("rules", "statuses", "pays", "documented")
    columns = {
        name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    run_statement(connection, _FOLDER, "load_rule_pay", columns)
