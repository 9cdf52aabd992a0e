"""A small ledger under the real views, with terms written by hand instead of compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LEDGER = Path(__file__).parents[2] / "costing" / "ledger"

T4, L40S, OFFICIAL, CHAT, DEPLOYED, MYSTERY, GUESSED, FINE = range(1, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One prediction; `at` is its charge instant, naive UTC."""

    id: str
    subject: int
    at: datetime
    status: str = "succeeded"
    seconds: Decimal | None = Decimal(10)
    wait: Decimal = Decimal(1)
    quantities: dict[str, Decimal] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    has_error: bool = False


def new_ledger(rows: Sequence[Row] = ()) -> DuckDBPyConnection:
    """A connection with the tables, the views `charge`, `charge_other` and `record`, and terms."""
    connection = duckdb.connect(":memory:")
    connection.execute("set timezone = 'UTC'")
    for name in ("schema/0001_ledger", "views/measure"):
        connection.execute(_text(name).replace("ledger.", ""))
    _make_terms(connection)
    connection.execute(_text("views/record"))
    charge = _text("views/charge")
    connection.execute(charge)
    other = charge.replace("temp view charge as", "temp view charge_other as")
    connection.execute(other.replace("join term as", "join term_other as"))
    add_rows(connection, rows)
    return connection


def add_rows(connection: DuckDBPyConnection, rows: Sequence[Row]) -> None:
    """Adds predictions."""
    if not rows:
        return
    connection.executemany(
        """
        insert into prediction by name
        select
            $id as id, $subject as subject_id, $status as status, 'api' as source,
            $created::timestamp as created_at, $started::timestamp as started_at,
            $at::timestamp as completed_at, $at::timestamp as charged_at,
            $seconds::decimal(18, 9) as predict_seconds,
            $total::decimal(18, 9) as total_seconds,
            map($metrics::varchar[], $counts::decimal(18, 9)[]) as quantities,
            map($keys::varchar[], $texts::varchar[]) as tags,
            $has_error as has_error, false as data_removed, false as is_rounded, 1 as ingest_id
        """,
        [_bound(row) for row in rows],
    )


def _bound(row: Row) -> dict[str, object]:
    seconds = row.seconds or Decimal(0)
    started = row.at - timedelta(seconds=float(abs(seconds)))
    return {
        "id": row.id,
        "subject": row.subject,
        "status": row.status,
        "created": started - timedelta(seconds=float(row.wait)),
        "started": started,
        "at": row.at,
        "seconds": row.seconds,
        "total": seconds + row.wait,
        "metrics": list(row.quantities),
        "counts": list(row.quantities.values()),
        "keys": list(row.tags),
        "texts": list(row.tags.values()),
        "has_error": row.has_error,
    }


def _text(name: str) -> str:
    return (_LEDGER / f"{name}.sql").read_text(encoding="utf-8")


def _make_terms(connection: DuckDBPyConnection) -> None:
    connection.execute(
        """
        insert into subject values
            (1, 'prediction', '', 'acme/upscale', 'v1', '', '', '{}'),
            (2, 'prediction', '', 'acme/upscale', 'v2', '', '', '{}'),
            (3, 'prediction', '', 'labs/flux-fast', 'hidden', '', '', '{}'),
            (4, 'prediction', '', 'labs/chat', 'hidden', '', '', '{}'),
            (5, 'prediction', '', 'acme/private', 'v7', 'acme/live', '', '{}'),
            (6, 'prediction', '', 'someone/mystery', 'v1', '', '', '{}'),
            (7, 'training', '', 'someone/seen', 'v3', '', '', '{}'),
            (8, 'prediction', '', 'acme/fine', 'v1', '', '', '{}');

        create or replace temp table rule_pay as
        select * from (values
            ('usage', 'succeeded', 'usage', true), ('usage', 'failed', 'nothing', true),
            ('usage', 'canceled', 'usage', true), ('usage', 'aborted', 'nothing', true),
            ('usage', 'starting', 'later', true), ('usage', 'processing', 'later', true),
            ('online', 'succeeded', 'usage', true), ('online', 'failed', 'usage', true),
            ('online', 'canceled', 'usage', true), ('online', 'aborted', 'usage', true)
        ) as pay(rule, status, pays, is_documented);

        create or replace temp table term as
        select
            subject_id, component::utinyint as component, components::utinyint as components,
            timestamp '0001-01-01' as starts_at, timestamp '9999-12-31' as ends_at,
            class, if(class = 'online_time', 'online', 'usage') as rule, sku, evidence,
            'hardware.toml:1' as evidence_at, unit, metric, metric_alias,
            null::varchar as input_field, null::decimal(18, 9) as input_factor,
            sibling_keys, null::decimal(18, 9) as fixed_quantity,
            price::decimal(20, 12) as unit_price_usd, list_price::decimal(20, 12) as list_price_usd,
            '2026-01-01' as price_version, 'https://example.org/pricing' as price_source,
            evidence is not distinct from 'catalogue' as is_estimate,
            class = 'online_time' as is_lower_bound, reason
        from (values
            (1, 0, 1, 'active_time', 'gpu-t4', 'map', 'second', null, null, [], '0.000225', '0.000225', null),
            (2, 0, 1, 'active_time', 'gpu-l40s', 'map', 'second', null, null, [], '0.000975', '0.000975', null),
            (3, 0, 1, 'by_unit', null, null, 'output_image', 'image_output_count', 'image_count', [], '0.003', '0.004', null),
            (4, 0, 2, 'by_unit', null, null, 'input_token', 'token_input_count', 'input_token_count', ['token_input_count', 'token_output_count'], '0.0000095', '0.0000095', null),
            (4, 1, 2, 'by_unit', null, null, 'output_token', 'token_output_count', 'output_token_count', ['token_input_count', 'token_output_count'], '0.00002', '0.00002', null),
            (5, 0, 1, 'online_time', 'gpu-a100-large', 'deployment', 'second', null, null, [], '0.0014', '0.0014', null),
            (6, 0, 1, 'active_time', null, 'none', 'second', null, null, [], null, null, 'no_hardware'),
            (7, 0, 1, 'active_time', 'gpu-t4', 'catalogue', 'second', null, null, [], '0.000225', '0.000225', null),
            (8, 0, 1, 'active_time', 'cpu', 'record', 'second', null, null, [], '0.00000031', '0.00000031', null)
        ) as priced(
            subject_id, component, components, class, sku, evidence, unit, metric, metric_alias,
            sibling_keys, price, list_price, reason
        );

        create or replace temp table term_other as
        select * replace (
            cast(unit_price_usd * 2 as decimal(20, 12)) as unit_price_usd,
            if(subject_id = 7, 'no_rate', reason) as reason
        )
        from term;
        update term_other set unit_price_usd = null where subject_id = 7;
        """
    )


def sample_rows() -> list[Row]:
    """The rows that the golden files show: two months, every status, tags and anomalies."""
    day = datetime(2026, 10, 1, 12)  # noqa: DTZ001 - naive UTC, as the ledger holds it
    rows = [
        Row(id=f"t4-{n:02}", subject=T4, at=day + n * timedelta(hours=19), seconds=Decimal(n * 7) / 4,
            wait=Decimal(n), tags={"team": "search" if n % 3 else "vision"})
        for n in range(1, 21)
    ]  # fmt: skip
    rows += [
        Row(id=f"l40s-{n:02}", subject=L40S, at=day + n * timedelta(days=2), seconds=Decimal("33.3"))
        for n in range(1, 11)
    ]
    rows += [
        Row(id=f"image-{n}", subject=OFFICIAL, at=day + timedelta(days=n),
            quantities={"image_output_count": Decimal(n)}, tags={"team": 'a|b "c"; drop'})
        for n in range(1, 6)
    ]  # fmt: skip
    tokens = {"token_input_count": Decimal(8), "token_output_count": Decimal(43)}
    month_before = day - timedelta(days=25)
    return [
        *rows,
        Row(id="chat", subject=CHAT, at=day, quantities=tokens),
        Row(id="live-1", subject=DEPLOYED, at=day, seconds=Decimal("100.5"), wait=Decimal(30)),
        Row(id="live-2", subject=DEPLOYED, at=day + timedelta(days=9), status="failed"),
        Row(id="mystery-1", subject=MYSTERY, at=day, seconds=Decimal("41.2")),
        Row(id="mystery-2", subject=MYSTERY, at=day + timedelta(days=3), seconds=Decimal("8.05")),
        Row(id="mystery-3", subject=MYSTERY, at=day, status="failed"),
        Row(id="training", subject=GUESSED, at=day + timedelta(days=4), seconds=Decimal("502.713876")),
        Row(id="failed", subject=T4, at=day, status="failed", seconds=Decimal("383.515459")),
        Row(id="canceled", subject=L40S, at=day, status="canceled", seconds=Decimal("0.128148")),
        Row(id="aborted", subject=L40S, at=day, status="aborted", seconds=None),
        Row(id="running", subject=T4, at=day + timedelta(days=20), status="processing", seconds=None),
        Row(id="odd", subject=T4, at=day, status="resting"),
        Row(id="negative", subject=T4, at=day, seconds=Decimal(-1), wait=Decimal(-3), has_error=True),
        Row(id="tiny", subject=FINE, at=day),
        Row(id="before-1", subject=T4, at=month_before, seconds=Decimal(90)),
        Row(id="before-2", subject=L40S, at=day - timedelta(days=3), seconds=Decimal("12.5")),
        Row(id="edge", subject=T4, at=datetime(2026, 9, 30, 23, 30), seconds=Decimal(4)),  # noqa: DTZ001
    ]


def add_faults(connection: DuckDBPyConnection) -> None:
    """Rejected rows and conflicts, one of each with text that a terminal would obey."""
    connection.execute(
        """
        insert into rejected values
            ('d1', 1, 'a.jsonl', 14, '{"id": 1, "x": ' || chr(27) || '[31m|', 'not JSON', '2026-10-02 08:00:00'),
            ('d2', 2, 'b.csv', 1403, 'p2,,,1e300', 'predict_time is too large', '2026-10-03 09:30:00.250');
        insert into conflict values
            ('c1', 't4-01', 2, 'predict_seconds', '{"predict_seconds": "1.75"}',
             '{"predict_seconds": "2"}', '2026-10-03 09:30:00');
        """
    )


def utc(*parts: int) -> datetime:
    """An aware UTC instant."""
    year, month, day, *clock = parts
    return datetime(year, month, day, *clock, tzinfo=UTC)  # type: ignore[misc, arg-type]
