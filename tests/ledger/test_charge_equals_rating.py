"""The view `charge` and `pricing.rating` say the same, to the last digit and in every column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.money import add_exact
from tests.ledger.charge_view import COLUMNS, charge_rows, charged, rated_rows
from tests.pricing.rating_world import make_world


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_view_equals_rating_in_every_column(seed: int) -> None:
    world = make_world(seed)
    with TemporaryDirectory() as cache, charged(world, Path(cache)) as connection:
        rows = charge_rows(connection)

    assert [_named(row) for row in rows] == [_named(row) for row in rated_rows(world)]


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_view_sums_exactly_and_counts_each_prediction_once(seed: int) -> None:
    world = make_world(seed)
    with TemporaryDirectory() as cache, charged(world, Path(cache)) as connection:
        query = "select sum(predictions), coalesce(sum(amount_usd), 0) from charge"
        predictions, amount_usd = connection.execute(query).fetchall()[0]

    amounts = (row[COLUMNS.index("amount_usd")] for row in rated_rows(world))
    assert predictions == len(world.usages)
    assert amount_usd == add_exact([one for one in amounts if isinstance(one, Decimal)])


@given(st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_record_view_reads_times_as_the_charges_do(seed: int) -> None:
    world = make_world(seed)
    with TemporaryDirectory() as cache, charged(world, Path(cache)) as connection:
        columns = "prediction_id, active_seconds, queue_seconds"
        records = connection.execute(f"select {columns} from record order by all").fetchall()
        charges = connection.execute(
            f"select {columns} from charge where component = 0 order by all"
        ).fetchall()

    assert records == charges


def _named(row: tuple[object, ...]) -> dict[str, object]:
    return dict(zip(COLUMNS, row, strict=True))
