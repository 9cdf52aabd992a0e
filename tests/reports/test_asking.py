"""A report is asked alike from everywhere: what it does not take is refused, never passed over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from costing.app import Costing
from costing.errors import UsageError
from costing.settings import Settings
from reports.errors import ParameterNotHere
from tests.ingest.records import life

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def costing(tmp_path: Path) -> Costing:
    return Costing(
        Settings(home=tmp_path / "home"), clock=lambda: datetime(2026, 11, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("report", "parameter", "value"),
    [
        ("monthly", "other_book", "nonsense"),
        ("latency", "book", "api-map"),
        ("rejected", "by", ["model"]),
        ("conflicts", "where", "model=acme/*"),
    ],
)
def test_parameter_that_a_report_does_not_take_is_refused(
    costing: Costing, report: str, parameter: str, value: object
) -> None:
    with pytest.raises(ParameterNotHere, match=f'takes no "{parameter}"'):
        costing.report(report, **{parameter: value})


@pytest.mark.parametrize("parameter", ["month", "from", "to", "last", "tz", "book", "as_known_on"])
def test_empty_text_does_not_fall_back(costing: Costing, parameter: str) -> None:
    with pytest.raises(UsageError, match=f'"{parameter}" is empty'):
        costing.report("monthly", **{parameter: ""})


def test_other_book_without_a_name_is_refused(costing: Costing) -> None:
    with pytest.raises(UsageError, match='"other_book" is empty'):
        costing.report("compare", other_book="")


def test_no_grouping_is_no_dimension(costing: Costing, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(life(1, 10, "succeeded")[2]) + "\n", encoding="utf-8")
    costing.ingest([path])

    assert costing.report("rejected", by=[]).height == 0
