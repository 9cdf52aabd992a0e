"""The recommendation names a policy that works, and gives the reason that decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pricing.simulator.compiled import load_kernel
from pricing.simulator.demand import Profile
from pricing.simulator.duration import Lognormal
from pricing.simulator.estimate import exactly
from pricing.simulator.policy import PolicyKind, fixed_fleet, other_tier
from pricing.simulator.scenario import Target
from pricing.simulator.simulation import Answer, simulate
from tests.simulator.scenes import GPU, NOTHING_ELSE, PROFILE, TIER, recording, scenario

BUSY = replace(PROFILE, requests_per_day=30_000, burstiness=0.1)


def answer(demand: Profile = PROFILE, hour_usd: str = "1.79") -> Answer:
    gpu = replace(GPU, hour_usd=Decimal(hour_usd))
    return simulate(scenario(demand, gpu=gpu, days=2), kernel=load_kernel())


def test_little_work_stays_public_and_says_how_idle_a_gpu_would_be() -> None:
    found = answer(replace(PROFILE, requests_per_day=300))

    assert found.recommendation.result.policy.kind is PolicyKind.PUBLIC
    assert "busy and needs 36%" in found.recommendation.sentence
    assert found.recommendation.confidence == 1.0


def test_much_work_goes_to_own_gpus() -> None:
    found = answer(BUSY, hour_usd="1.00")

    kind = found.recommendation.result.policy.kind
    assert kind in {PolicyKind.HYBRID, PolicyKind.FIXED_FLEET}
    assert "busier than the 20% that they need" in found.recommendation.sentence
    assert found.break_even


def test_quicker_tier_wins_by_its_price_per_unit_of_work() -> None:
    quick = replace(TIER, sku="gpu-h100", second_usd=Decimal("0.001525"), time=exactly(1 / 3))

    found = simulate(scenario(policies=(other_tier(quick),)), kernel=load_kernel())

    assert "costs 36% of what it does as public gpu-a100-large" in found.recommendation.sentence


def test_cheap_policy_that_misses_the_target_is_not_recommended() -> None:
    cheap = fixed_fleet(replace(GPU, hour_usd=Decimal("0.01")), 1)
    demand = Profile(10_000, Lognormal(6, 2.0))

    found = simulate(scenario(demand, policies=(cheap,)), kernel=load_kernel())

    assert found.results[1].cost_usd_p50 < found.results[0].cost_usd_p50
    assert found.recommendation.result.policy.kind is PolicyKind.PUBLIC


def test_target_that_nobody_meets_is_said() -> None:
    asked = replace(scenario(), target=Target(wait_seconds=0.0))

    found = simulate(asked, kernel=load_kernel()).recommendation

    assert not found.meets_target
    assert found.sentence.startswith("No policy is likely to meet the target.")


@pytest.mark.parametrize(("count", "is_sure"), [(99, False), (100, True)])
def test_confidence_needs_a_hundred_requests(count: int, is_sure: bool) -> None:
    found = simulate(scenario(recording(count=count)), kernel=load_kernel()).recommendation

    assert (found.confidence is not None) == is_sure
    assert ("rests on too little" in found.sentence) != is_sure


def test_paying_gpu_is_no_reason_to_stay_public() -> None:
    dear = replace(NOTHING_ELSE, tooling_usd=Decimal(10**6))

    found = simulate(scenario(BUSY, gpu=GPU, overheads=dear), kernel=load_kernel())

    assert found.sizing is not None
    assert found.sizing.worths[0].pays
    assert found.recommendation.result.policy.kind is PolicyKind.PUBLIC
    assert found.recommendation.reason == "the cheapest of what is likely to meet the target"


def test_fleet_is_the_smallest_that_holds_in_nine_of_ten_worlds() -> None:
    sizing = answer(BUSY).sizing

    assert sizing is not None
    assert sizing.fleet is not None
    assert sizing.fleet.largest >= 3
    assert [worth.gpu for worth in sizing.worths] == list(range(1, len(sizing.worths) + 1))
    assert [worth.pays for worth in sizing.worths[:-1]] == [True] * (len(sizing.worths) - 1)
    assert not sizing.worths[-1].pays


def test_spreadsheet_sees_no_waits() -> None:
    found = answer(BUSY)

    assert found.naive is not None
    assert found.naive.own_usd == Decimal("1.79") * found.naive.gpus * 24 * 2
    assert found.naive.utilisation <= 1.0
    assert found.sizing is not None
    assert found.sizing.fleet_usd is not None
    assert found.naive.own_usd <= found.sizing.fleet_usd


def test_price_ratio_of_the_break_even_is_where_the_fleet_costs_as_much() -> None:
    dear = answer(BUSY).sizing
    assert dear is not None
    assert dear.break_even_ratio is not None

    hour_usd = GPU.hour_usd * Decimal(repr(dear.break_even_ratio / dear.needed))
    even = answer(BUSY, hour_usd=str(hour_usd)).sizing

    assert even is not None
    assert float(even.fleet_usd or 0) == pytest.approx(float(even.public_usd), rel=1e-9)
