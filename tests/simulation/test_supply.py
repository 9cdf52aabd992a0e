"""What no source says of own GPUs stands in the answer, as an assumption and as a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pricing.simulator.duration import lognormal_by_median
from tests.simulation.question import small_question

if TYPE_CHECKING:
    from costing.app import Costing


def test_spot_interruptions_are_a_stated_range_that_moves_the_answer(costing: Costing) -> None:
    asked = small_question(offer="azure spot", policies=["autoscaled 1-8"], requests_per_day=9000)

    simulation = costing.simulate(asked)

    stated = {name: value for name, value, _ in simulation.assumed}
    assert stated["interruptions_per_hour"] == "0.001 to 0.25"
    [bar] = [one for one in simulation.answer.ranges if one.name == "interruptions of A100-80"]
    assert (bar.low, bar.high) == (0.001, 0.25)
    assert bar.policy.name == "1-8 x A100-80"
    assert bar.low_usd < bar.high_usd


def test_interruptions_that_the_user_knows_are_no_assumption(costing: Costing) -> None:
    simulation = costing.simulate(
        small_question(offer="azure spot", interruptions_per_hour="0.02", policies=[])
    )

    assert "interruptions_per_hour" not in {name for name, _, _ in simulation.assumed}


def test_bought_hardware_is_as_uncertain_as_its_source(costing: Costing) -> None:
    simulation = costing.simulate(small_question(offer="bought", policies=["fleet 2"]))

    price = simulation.answer.scenario.uncertainty.price
    assert price.low == pytest.approx(0.607 / 1.1, rel=0.01)
    assert price.high == pytest.approx(1.647 * 1.1, rel=0.01)
    assert {"life_months", "salvage_usd", "pue"} <= {name for name, _, _ in simulation.assumed}


def test_price_factor_of_the_user_stands(costing: Costing) -> None:
    simulation = costing.simulate(small_question(offer="bought", price_factor="1", policies=[]))

    assert simulation.answer.scenario.uncertainty.price.is_certain


def test_discounts_that_were_not_read_are_said_to_be_assumed(costing: Costing) -> None:
    simulation = costing.simulate(
        small_question(hardware="gpu-t4", offer="aws", policies=["reserved 1 to 3 above 2"])
    )

    meanings = {name: meaning for name, _, meaning in simulation.assumed}
    assert "its source does not say it" in meanings["percent_off"]
    assert "its source does not say it" in meanings["increment_seconds"]


def test_reserved_gpu_is_as_fast_as_the_same_one_on_demand(costing: Costing) -> None:
    policies = ["fleet 1", "reserved 1 to 3 above 2"]

    simulation = costing.simulate(small_question(own_gpu="L40S", offer="aws", policies=policies))

    names = [bar.name for bar in simulation.answer.ranges]
    assert [name for name in names if name.startswith("time on L40S")] == ["time on L40S"]


@pytest.mark.parametrize("price_factor", [None, "1"])
def test_discount_that_is_a_range_moves_what_is_reserved(
    costing: Costing, price_factor: str | None
) -> None:
    more = {} if price_factor is None else {"price_factor": price_factor}
    policies = ["fleet 1", "reserved 1 to 3 above 2"]
    asked = small_question(hardware="gpu-t4", offer="aws", policies=policies, **more)

    bars = {bar.name: bar for bar in costing.simulate(asked).answer.ranges}

    if price_factor is not None:
        assert "reserved price of T4" not in bars
        return
    bar = bars["reserved price of T4"]
    assert bar.policy.name.startswith("1 reserved to 3 x T4")
    assert bar.high / bar.low == pytest.approx(0.70 / 0.64, rel=0.001)
    assert bar.low_usd < bar.high_usd


@pytest.mark.parametrize(
    ("more", "median", "p95"),
    [
        ({}, 30, 120),
        ({"boot_median": 50}, 50, 200),
        ({"boot_p95": 90}, 30, 90),
        ({"boot_median": 50, "boot_p95": 90}, 50, 90),
    ],
    ids=["neither", "median", "p95", "both"],
)
def test_boots_are_as_given_and_what_is_not_given_is_said(
    costing: Costing, more: dict[str, object], median: float, p95: float
) -> None:
    simulation = costing.simulate(small_question(policies=["private 0-3"], **more))

    [policy] = [one for one in simulation.answer.scenario.policies if one.largest == 3]
    assert policy.boot == lognormal_by_median(median, p95)
    said = {name: value for name, value, _ in simulation.assumed}
    assert said.get("boot_median") == (None if "boot_median" in more else f"{median}")
    assert said.get("boot_p95") == (None if "boot_p95" in more else f"{p95}")


def test_own_boots_are_as_given(costing: Costing) -> None:
    given = small_question(own_boot_p95=400, policies=["autoscaled 1-3"])

    gpu = costing.simulate(given).answer.scenario.gpu

    assert gpu is not None
    assert gpu.boot == lognormal_by_median(100, 400)
