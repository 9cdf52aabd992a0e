"""The recommendation names a policy that works, and gives the reason that decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pricing.simulator.comparison import summarise
from pricing.simulator.compiled import load_kernel
from pricing.simulator.demand import Profile
from pricing.simulator.duration import Lognormal
from pricing.simulator.estimate import Estimate, exactly
from pricing.simulator.policy import PolicyKind, fixed_fleet, other_tier
from pricing.simulator.recommendation import recommend
from pricing.simulator.scenario import CERTAINTY, Scenario, Target
from pricing.simulator.search import LIKELY
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


def test_dearer_gpus_are_taken_for_the_target_and_not_for_being_busy() -> None:
    asked = replace(scenario(BUSY, gpu=GPU, days=2), target=Target(wait_seconds=0.5))

    found = simulate(asked, kernel=load_kernel())

    public, best = found.results[0], found.recommendation.result
    assert found.recommendation.meets_target
    assert public.cost_usd_p50 < best.cost_usd_p50
    assert "as public gpu-a100-large at $" in found.recommendation.reason
    assert "met it in 0% of replications only" in found.recommendation.reason


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


def on_the_edge(requests_per_day: int, target: Target) -> Scenario:
    """A question whose search finds what misses the target in the replications."""
    uncertainty = replace(CERTAINTY, volume=Estimate(0.667, 1.5), price=Estimate(0.909, 1.1))
    demand = replace(PROFILE, requests_per_day=requests_per_day)
    asked = scenario(demand, gpu=GPU, days=2, replications=20, uncertainty=uncertainty)
    return replace(asked, target=target)


@pytest.mark.parametrize("requests_per_day", [20_000, 25_000, 40_000])
def test_found_fleet_and_hybrid_meet_the_target_in_the_replications(requests_per_day: int) -> None:
    asked = on_the_edge(requests_per_day, Target(wait_seconds=10.0))

    found = simulate(asked, kernel=load_kernel())

    sizing = found.sizing
    assert sizing is not None
    assert [result.policy for result in found.results[1:]] == sizing.found(())
    assert len(found.results) == 3
    assert min(result.met_share for result in found.results[1:]) >= LIKELY
    assert "price of own GPUs" in [bar.name for bar in found.ranges]
    assert {bar.policy for bar in found.ranges} <= {result.policy for result in found.results}


def test_fleet_asked_for_stays_beside_the_larger_one_that_meets_the_target() -> None:
    asked = on_the_edge(25_000, Target(wait_seconds=10.0))
    small = fixed_fleet(GPU, 6)

    found = simulate(replace(asked, policies=(small,)), kernel=load_kernel())

    fleets = [one.policy.largest for one in found.results if one.policy.overflow is None]
    assert fleets == [6, 7]


def test_target_on_the_cost_is_met_by_no_further_gpu() -> None:
    asked = on_the_edge(25_000, Target(wait_seconds=10.0, cost_usd=Decimal(1)))

    found = simulate(asked, kernel=load_kernel(), is_brief=True)

    assert found.sizing is not None
    assert found.sizing.fleet == fixed_fleet(GPU, 6)


def test_brief_answer_recommends_the_same_for_the_same() -> None:
    asked = scenario(BUSY, gpu=GPU)

    whole = simulate(asked, kernel=load_kernel())
    brief = simulate(asked, kernel=load_kernel(), is_brief=True)

    assert brief.results == whole.results
    assert brief.recommendation.confidence == whole.recommendation.confidence
    assert (brief.volumes, brief.tornado, brief.ranges) == ((), (), ())
    assert whole.volumes != ()


def test_replication_in_which_the_choice_failed_is_none_in_its_favour() -> None:
    [public] = simulate(scenario(replications=10), kernel=load_kernel()).results
    failed = replace(public.trials[0], is_met=False)
    mostly = summarise(public.policy, [failed, *public.trials[1:]])

    found = recommend([mostly], None, requests=1000)

    assert found.meets_target
    assert found.confidence == 0.9


def test_too_little_history_gives_no_advice() -> None:
    found = simulate(scenario(recording(count=39)), kernel=load_kernel()).recommendation

    assert "Take" not in found.sentence
    assert "No advice, but first in what was played is public gpu-a100-large" in found.sentence


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
