"""Random predictions, and short ways to ask reports about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pricing.calendar import Period, month_period
from pricing.money import add_exact
from reports.parameter import Parameters
from reports.query import find_query
from reports.run import run
from tests.reports.small_ledger import Row, add_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from reports.table import Table

ZONES = ["UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Berlin", "Australia/Lord_Howe"]
_START = datetime(2026, 9, 20)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
LAWFUL = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Predictions around the October of any zone, in which some set their clocks."""
    statuses = ["succeeded", "failed", "canceled", "aborted", "processing", "resting"]
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(1, 8),
                st.integers(0, 45 * 24 * 3600 * 1000),
                st.sampled_from(statuses),
                st.none() | st.decimals("-1", "99999", places=9, allow_nan=False),
                st.sampled_from([{}, {"team": "a"}, {"team": "b"}]),
                st.sampled_from(["api", "web"]),
            ),
            max_size=25,
        )
    )
    return [
        Row(
            id=f"p{number}",
            subject=subject,
            at=_START + timedelta(milliseconds=milliseconds),
            status=status,
            seconds=seconds,
            quantities={"image_output_count": Decimal(1), "token_output_count": Decimal(7)},
            tags=tags,
            source=source,
        )
        for number, (subject, milliseconds, status, seconds, tags, source) in enumerate(drawn)
    ]


def refill(connection: DuckDBPyConnection, filled: list[Row]) -> None:
    connection.execute("delete from prediction")
    add_rows(connection, filled)


def ask(connection: DuckDBPyConnection, report: str, period: Period, **more: object) -> Table:
    return run(connection, find_query(report), Parameters(period=period, **more))  # type: ignore[arg-type]


def total(table: Table, name: str) -> Decimal:
    """The sum of what is known of a column."""
    return add_exact([Decimal(value) for value in table.values(name) if value is not None])  # type: ignore[arg-type]


def october(zone: str) -> Period:
    return month_period("2026-10", ZoneInfo(zone))
