"""Whatever stands where a value should, the question is refused with words or is answered."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costing.errors import CostingError, UsageError
from costing.simulation.request import (
    ScenarioRequest,
    field_names,
    make_request,
    overlay,
    read_request,
    values_of,
)
from costing.simulation.scenario_file import ScenarioFileRefused, parse_scenario
from costing.simulation.series import read_span_of_values
from costing.simulation.use_case import SERVICE_BOUNDS, answer_request
from pricing.error import PricingError
from pricing.simulator.estimate import Estimate
from tests.simulation.conftest import TODAY
from tests.simulation.question import small_question

if TYPE_CHECKING:
    from costing.app import Costing

ODD_NUMBERS = (math.nan, math.inf, -math.inf, 1e300, -1e300, 1e-300, 0, -1, 10**400, True)
ODD = st.one_of(
    st.sampled_from([*ODD_NUMBERS, *map(str, ODD_NUMBERS[:-2]), "", " ", "1:", ":", "1:2:3"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=4,
    ),
)


@given(name=st.sampled_from(field_names()), value=ODD)
@settings(max_examples=400)
def test_odd_value_is_refused_with_words_or_read(name: str, value: object) -> None:
    try:
        read = values_of(read_request({name: value}))[name]
    except UsageError as error:
        refused: UsageError | None = error
    else:
        refused = None
        assert not isinstance(read, float) or math.isfinite(read)
        assert not isinstance(read, Estimate) or 0 < read.low <= read.high < math.inf

    assert refused is None or (name in str(refused) and refused.help)


@pytest.mark.parametrize("value", ODD_NUMBERS, ids=lambda value: str(value)[:9])
@pytest.mark.parametrize("name", ["requests_per_day", "seconds", "own_time", "price_factor"])
def test_number_that_nothing_can_be_is_refused(name: str, value: object) -> None:
    is_little = name == "requests_per_day" and value == 1e-300

    if is_little:
        assert read_request({name: value}).requests_per_day == value
    else:
        with pytest.raises(UsageError):
            read_request({name: value})


@pytest.mark.parametrize(
    "more",
    [
        {"policies": ["fleet 5 spares 999999"]},
        {"policies": ["fleet 5 spares 99999"]},
        {"policies": ["fleet 999999"]},
        {"growth_per_week": 100, "days": 60},
        {"calendar": [1e12]},
        {"seconds": 31e6},
        {"seconds": 86400},
        {"boot_median": 60, "boot_p95": 30},
        {"own_boot_median": 60, "own_boot_p95": 30},
        {"now_on": "cpu"},
        {"other_hardware": ["cpu"]},
        {"own_gpu": "none", "policies": ["fleet 2"]},
        {"last": "9d"},
        {"resample_weeks": True},
    ],
    ids=str,
)
def test_question_that_nothing_can_answer_is_refused_with_words(
    costing: Costing, more: dict[str, object]
) -> None:
    with pytest.raises((CostingError, PricingError)) as raised:
        costing.simulate(small_question(**more))

    assert isinstance(raised.value, CostingError | PricingError)
    assert raised.value.help


def test_growth_and_calendar_count_for_the_bounds_of_a_question(costing: Costing) -> None:
    asked = small_question(requests_per_day=9000, calendar=[1, 100], own_gpu="none")

    with pytest.raises(UsageError, match="may be played"):
        answer_request(
            asked, costing.settings, lambda: pytest.fail("no turn"), TODAY, bounds=SERVICE_BOUNDS
        )


@given(
    st.dictionaries(st.sampled_from(["days", "seed", "replications"]), st.integers(2, 300)),
    st.dictionaries(st.sampled_from(["days", "seed", "patience"]), st.integers(2, 300)),
)
def test_what_is_asked_above_stands_and_the_rest_shows_through(
    beneath: dict[str, object], above: dict[str, object]
) -> None:
    laid = overlay(make_request(beneath), make_request(above))

    assert values_of(laid) == values_of(ScenarioRequest()) | beneath | above


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[demand]\nseconds = " + b"9" * 5000, "more digits than can be read"),
        (b"[[demand]]\nseconds = 1\n[[demand]]\nseconds = 2", "stands more than once"),
        (b"a=" + b"[" * 20000 + b"]" * 20000, "nested too deeply"),
        (b"\xff\xfe", "not UTF-8"),
        (b"demand = 5", "must be tables"),
        (b"[demand]\nseconds = nan", "must be a number"),
        (b"[history]\nform = '2026-01-01'", "did you mean from?"),
    ],
    ids=["long", "twice", "deep", "binary", "no table", "nan", "misspelled"],
)
def test_odd_file_is_refused_with_words(text: bytes, said: str) -> None:
    with pytest.raises(ScenarioFileRefused) as raised:
        parse_scenario(text, "scenario.toml")

    assert said in str(raised.value)


def test_example_file_is_well() -> None:
    path = Path(__file__).parents[2] / "examples" / "scenario.toml"

    assert parse_scenario(path.read_bytes(), str(path)).requests_per_day


@pytest.mark.parametrize("text", ["1:inf:3", "nan:2:3", "-1e308:1e308:3", "2:1:3", "0:1:log3", ""])
def test_range_of_a_sweep_that_has_no_values_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no range of values"):
        read_span_of_values(text)
