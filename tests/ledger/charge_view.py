"""The view `charge` over a world of records, and the rows that `pricing.rating` says it has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from costing.ledger.term import load_terms, load_views
from costing.tag_file import load_tags
from costing.tariff import TariffSource
from pricing.rating import Charge, rate
from pricing.usage import Subject, Usage
from tests.pricing.rating_world import World

Row = tuple[object, ...]
SCHEMA = Path("costing/ledger/schema")
COLUMNS = [
    "prediction_id",
    "subject_id",
    "component",
    "predictions",
    "kind",
    "account",
    "model",
    "version",
    "deployment",
    "selectors",
    "status",
    "created_at",
    "started_at",
    "completed_at",
    "charged_at",
    "class",
    "rule",
    "sku",
    "evidence",
    "evidence_at",
    "unit",
    "quantity",
    "billed_quantity",
    "quantity_basis",
    "unit_price_usd",
    "list_price_usd",
    "amount_usd",
    "list_amount_usd",
    "spared_amount_usd",
    "state",
    "reason",
    "is_estimate",
    "is_lower_bound",
    "active_seconds",
    "queue_seconds",
    "price_version",
    "price_source",
]


@contextmanager
def charged(world: World, cache: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A ledger in memory that holds the world's records, with the view over them."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("set timezone = 'UTC'; attach ':memory:' as ledger")
        for path in sorted(SCHEMA.glob("*.sql")):
            connection.execute(path.read_text(encoding="utf-8"))
        connection.execute("use ledger")
        _store_subjects(connection, world.subjects)
        _store_predictions(connection, world.usages)
        source = TariffSource("random", uuid4().hex, lambda _: world.tariff)
        load_terms(connection, source, cache)
        load_tags(connection, ())
        load_views(connection)
        yield connection
    finally:
        connection.close()


def charge_rows(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The view's rows, by prediction and component."""
    names = ", ".join(COLUMNS)
    return connection.execute(
        f"select {names} from charge order by prediction_id, component"
    ).fetchall()


def rated_rows(world: World) -> list[Row]:
    """The same rows as `pricing.rating` makes them."""
    charges = (charge for usage in world.usages for charge in rate(usage, world.tariff))
    return sorted((_row(charge) for charge in charges), key=lambda row: (str(row[0]), str(row[2])))


def _store_subjects(connection: duckdb.DuckDBPyConnection, subjects: Iterable[Subject]) -> None:
    rows = [
        (
            one.subject_id,
            one.kind,
            one.account,
            one.model,
            one.version,
            one.deployment,
            one.hardware,
            _selectors(one),
        )
        for one in subjects
    ]
    connection.executemany("insert into subject values (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _store_predictions(connection: duckdb.DuckDBPyConnection, usages: Iterable[Usage]) -> None:
    rows = [
        (
            one.prediction_id,
            one.subject.subject_id,
            one.status,
            _naive(one.created_at),
            _naive(one.started_at),
            _naive(one.completed_at),
            _naive(one.charged_at),
            one.predict_seconds,
            list(one.quantities),
            list(one.quantities.values()),
        )
        for one in usages
    ]
    connection.executemany(
        "insert into prediction (id, subject_id, status, created_at, started_at, completed_at, "
        "charged_at, predict_seconds, quantities) values (?, ?, ?, ?, ?, ?, ?, ?, "
        "map(cast(? as varchar[]), cast(? as decimal(18, 9)[])))",
        rows,
    )


def _row(charge: Charge) -> Row:
    usage, subject, term = charge.usage, charge.usage.subject, charge.term
    return (
        usage.prediction_id,
        subject.subject_id,
        charge.component,
        charge.predictions,
        subject.kind,
        subject.account,
        subject.model,
        subject.version,
        subject.deployment,
        _selectors(subject),
        usage.status,
        _naive(usage.created_at),
        _naive(usage.started_at),
        _naive(usage.completed_at),
        _naive(usage.charged_at),
        term.class_,
        term.rule,
        term.sku,
        term.evidence,
        term.evidence_at,
        term.unit,
        charge.quantity,
        charge.billed_quantity,
        charge.quantity_basis,
        term.unit_price_usd,
        term.list_price_usd,
        charge.amount_usd,
        charge.list_amount_usd,
        charge.spared_amount_usd,
        charge.state,
        charge.reason,
        charge.is_estimate,
        charge.is_lower_bound,
        charge.active_seconds,
        charge.queue_seconds,
        term.price_version,
        term.price_source,
    )


def _selectors(subject: Subject) -> str:
    return json.dumps(dict(subject.selectors), separators=(",", ":"))


def _naive(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=None) if instant else None
