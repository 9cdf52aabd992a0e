"""The terms under which usage is priced, as temporary tables beside the ledger's own.

Rule of this file: `pricing` compiles the terms once for every distinct subject, and the view
`charge` joins them. Compiled terms are kept in a file whose name is a digest of everything they
follow from (book, rules, hardware map, releases, catalogue, the subjects themselves, this program's
version): a stale one is never found, and deleting them loses nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from costing import __version__
from costing.ledger.connection import quoted
from costing.ledger.statement import literal_path, read_statement, run_statement
from costing.ledger.subject import read_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from pricing.term import Tariff, Term

_FOLDER = "ledger/views"
_MOST_FILES = 20


def load_terms(connection: DuckDBPyConnection, tariff: Tariff, folder: Path) -> None:
    """Make the temporary tables `term` and `rule_pay` for every subject of the open ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"term-{_digest(connection, tariff)}.parquet"
    if path.exists():
        load = "create or replace temp table term as from read_parquet($path)"
        connection.execute(load, {"path": literal_path(path)})
    else:
        _compile(connection, tariff, folder)
        _keep(connection, path)
    _load_pays(connection, tariff)


def load_views(connection: DuckDBPyConnection) -> None:
    """Make the views `record`, `used` and `charge` over the terms that were loaded."""
    for name in ("measure", "record", "used", "charge"):
        run_statement(connection, _FOLDER, name)


def load_other_terms(connection: DuckDBPyConnection, tariff: Tariff, folder: Path) -> None:
    """Make `term_other` and `rule_pay_other` of a second tariff; the first is loaded after it."""
    load_terms(connection, tariff, folder)
    for name in ("term", "rule_pay"):
        connection.execute(f"create or replace temp table {name}_other as from {name}")


def load_other_views(connection: DuckDBPyConnection) -> None:
    """Make the view `used_other` over the terms of the second tariff."""
    run_statement(connection, _FOLDER, "charge_other")


def _digest(connection: DuckDBPyConnection, tariff: Tariff) -> str:
    """One name for everything that the terms follow from.

    Subjects are only ever added to a ledger, so the instant at which it was made and their number
    stand for all of them.
    """
    subjects = connection.execute(
        "select (select min(applied_at) from schema_version), (select count(*) from subject)"
    ).fetchone()
    parts = (
        shipped_digest(),
        tariff.book.digest,
        tariff.rules.rules,
        tariff.hardware_map.entries,
        tariff.releases,
        tariff.catalogue is not None,
        subjects,
    )
    return sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def shipped_digest() -> str:
    """One name for the program that compiles and for the facts it ships beside the price books."""
    folder = files("pricing")
    shipped = ("catalogue/model_hardware.toml", "units.toml", "skus.toml")
    content = b"".join(folder.joinpath(name).read_bytes() for name in shipped)
    content += read_statement(_FOLDER, "load_term").encode()
    return f"{__version__} {sha256(content).hexdigest()}"


def _compile(connection: DuckDBPyConnection, tariff: Tariff, folder: Path) -> None:
    """Compile the terms and load them through a file, which takes a hundredth of single inserts."""
    from pricing.compilation import compile_terms

    with NamedTemporaryFile("w", dir=folder, suffix=".jsonl", encoding="utf-8") as file:
        terms = compile_terms(read_subjects(connection), tariff)
        file.writelines(f"{_line(term)}\n" for term in terms)
        file.flush()
        run_statement(connection, _FOLDER, "load_term", {"path": literal_path(file.name)})


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


def _keep(connection: DuckDBPyConnection, path: Path) -> None:
    """Keep the loaded terms for the next time, whole or not at all, and drop the oldest kept."""
    unfinished = path.with_suffix(f".{os.getpid()}")
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
