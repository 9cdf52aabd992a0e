"""The terms under which usage is priced, as temporary views beside the ledger's own tables.

Rule of this file: `pricing` compiles the terms once for every distinct subject, and the view
`charge` joins them. Compiled terms are kept in a folder whose name is a digest of everything they
follow from (`costing.tariff.TariffSource` and the subjects themselves): a stale one is never found,
and deleting them loses nothing. They are read by column, so that a report pays for what it asks.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from costing.ledger.connection import quoted
from costing.ledger.evidence.seen import load_standing, read_evidence
from costing.spill import make_reading_folder
from costing.statement import literal_path, read_statement, run_statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from costing.ledger.evidence.seen import Evidence
    from costing.tariff import TariffSource
    from pricing.calendar import Period
    from pricing.term import Tariff, Term

_FOLDER = "ledger/views"
_TABLES = ("term", "rule_pay")
_MOST_KEPT = 20


def load_terms(
    connection: DuckDBPyConnection, source: TariffSource, home: Path, period: Period | None = None
) -> None:
    """Make `term` and `rule_pay` for every subject of the open ledger.

    Args:
        connection: the ledger, open for reading.
        source: what the subjects are priced by.
        home: data directory, in whose folder `cache` compiled terms are kept.
        period: instants outside which nothing will be asked, so that fewer terms are loaded.
    """
    evidence = read_evidence(connection)
    kept = home / "cache" / f"term-{_digest(connection, source, evidence)}"
    if not _make_views(connection, _kept_tables(kept), period):
        shutil.rmtree(kept, ignore_errors=True)
        _compile(connection, source.load(evidence), home, kept)
        _make_views(connection, {name: f"compiled_{name}" for name in _TABLES}, period)
    with suppress(OSError):
        os.utime(kept)
    run_statement(connection, _FOLDER, "steady_term")


def load_views(connection: DuckDBPyConnection, period: Period | None = None) -> None:
    """Make the views `record`, `run`, `used` and `charge` over the terms that were loaded."""
    run_statement(connection, _FOLDER, "measure")
    load_standing(connection, period)
    for name in ("record", "run", "used", "charge"):
        run_statement(connection, _FOLDER, name)


def load_other_terms(
    connection: DuckDBPyConnection, source: TariffSource, home: Path, period: Period | None = None
) -> None:
    """Make the same of a second tariff, as `term_other` and so on, and make room for the first."""
    load_terms(connection, source, home, period)
    run_statement(connection, _FOLDER, "set_other_aside")


def load_other_views(connection: DuckDBPyConnection) -> None:
    """Make the view `used_other` over the terms of the second tariff."""
    run_statement(connection, _FOLDER, "charge_other")


def _kept_tables(kept: Path) -> dict[str, str]:
    """Readers of what was kept, by table."""
    paths = {name: quoted(literal_path(kept / f"{name}.parquet")) for name in _TABLES}
    return {name: f"read_parquet({path})" for name, path in paths.items()}


def _make_views(
    connection: DuckDBPyConnection, tables: Mapping[str, str], period: Period | None
) -> bool:
    """Make the views `term` and `rule_pay`; False where nothing is kept, or where it is torn."""
    import duckdb

    edges = {
        "since": quoted(_edge(period.start if period else None, "0001-01-01")),
        "until": quoted(_edge(period.end if period else None, "9999-12-31")),
    }
    try:
        run_statement(connection, _FOLDER, "term", tables={**tables, **edges})
    except duckdb.Error:
        return False
    return True


def _edge(instant: datetime | None, otherwise: str) -> str:
    """An edge of a period as the ledger writes it; an open one is the first or the last day."""
    return otherwise if instant is None else instant.replace(tzinfo=None).isoformat()


def _digest(connection: DuckDBPyConnection, source: TariffSource, evidence: Evidence) -> str:
    """One name for everything that the terms follow from."""
    subjects = connection.execute(read_statement(_FOLDER, "digest_subjects")).fetchone()
    parts = (source.digest, evidence.rows, subjects, read_statement(_FOLDER, "load_term"))
    return sha256(repr(parts).encode()).hexdigest()[:32]


def _compile(connection: DuckDBPyConnection, tariff: Tariff, home: Path, kept: Path) -> None:
    """Compile the terms, load them through a file, and keep them whole or not at all."""
    from costing.ledger.subject import read_subjects
    from pricing.compilation import compile_terms

    folder = make_reading_folder(home)
    try:
        spool = folder / "term.jsonl"
        with spool.open("w", encoding="utf-8") as file:
            terms = compile_terms(read_subjects(connection), tariff)
            file.writelines(f"{_line(term)}\n" for term in terms)
        run_statement(connection, _FOLDER, "load_term", {"path": literal_path(spool)})
        _load_pays(connection, tariff)
        _keep(connection, folder / kept.name, kept)
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


def _keep(connection: DuckDBPyConnection, unfinished: Path, kept: Path) -> None:
    """Keep the loaded terms for the next time and drop those that were longest not used.

    A disk that has no room for them stops no report, and neither does another process that keeps
    the same terms at the same time.
    """
    import duckdb

    with suppress(OSError, duckdb.Error):
        unfinished.mkdir()
        for name in _TABLES:
            path = quoted(unfinished / f"{name}.parquet")
            connection.execute(f"copy compiled_{name} to {path} (format parquet)")
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished.rename(kept)
        by_use = sorted(kept.parent.glob("term-*"), key=_last_use)
        for old in by_use[:-_MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def _last_use(path: Path) -> float:
    """When kept terms were last loaded, 0 where another process has just removed it."""
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
