"""What must hold whatever the numbers: identities between policies, exact money, one answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.money import add_exact, multiply_exact
from pricing.simulator.autoscaler import REPLICATE_BOOT, find_autoscaler
from pricing.simulator.billing import Part
from pricing.simulator.comparison import compare
from pricing.simulator.compiled import TWIN, load_kernel
from pricing.simulator.demand import DAY, WEEK, Profile, Recording
from pricing.simulator.duration import SECOND, Lognormal
from pricing.simulator.error import ImpossibleInput, SimulationError
from pricing.simulator.estimate import Estimate, within
from pricing.simulator.policy import (
    Policy,
    PolicyKind,
    autoscaled_fleet,
    deployment,
    fixed_fleet,
    hybrid,
    layered,
    public,
)
from pricing.simulator.scenario import Overheads, Uncertainty
from pricing.simulator.simulation import simulate
from pricing.simulator.trial import try_policy
from pricing.simulator.world import Shares, World, make_world, vary
from tests.simulator.scenes import GPU, PROFILE, SCALER, TIER, TODAY, recording, scenario

UNCERTAIN = Uncertainty()


def world(**changes: object) -> World:
    asked = scenario(**changes)  # type: ignore[arg-type]
    return make_world(asked, Shares(asked.seed, 0, asked.replications))


@given(rate=st.floats(10, 5000), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_hybrid_without_gpus_is_public_to_the_last_digit(rate: float, seed: int) -> None:
    asked = scenario(replace(PROFILE, requests_per_day=rate), days=1, uncertainty=UNCERTAIN)
    here = make_world(asked, Shares(seed, 0, 3))

    mixed = try_policy(hybrid(GPU, TIER, count=0, queue_limit=0), here, TWIN)

    assert mixed == try_policy(public(TIER), here, TWIN)


@given(count=st.integers(1, 6), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_hybrid_that_never_overflows_is_the_fleet(count: int, seed: int) -> None:
    here = make_world(scenario(days=1), Shares(seed, 0, 3))

    mixed = try_policy(hybrid(GPU, TIER, count=count, queue_limit=None), here, TWIN)

    assert mixed == try_policy(fixed_fleet(GPU, count), here, TWIN)


@pytest.mark.parametrize("count", [1, 3, 10])
def test_deployment_that_cannot_scale_costs_its_instances_all_the_time(count: int) -> None:
    policy = deployment(TIER, SCALER, REPLICATE_BOOT, smallest=count, largest=count)

    trial = try_policy(policy, world(), TWIN)

    assert trial.cost_usd == count * 2 * 86_400 * TIER.second_usd


def test_replay_on_the_public_model_costs_what_the_ledger_charges() -> None:
    demand = recording()
    charges = [
        multiply_exact(Decimal(int(run)).scaleb(-9), TIER.second_usd) for run in demand.services
    ]

    trial = try_policy(public(TIER), world(demand=demand), TWIN)

    assert trial.cost_usd == add_exact(charges)
    assert trial.requests == len(charges)


@pytest.mark.parametrize(
    "policy",
    [
        public(TIER),
        fixed_fleet(GPU, 2, spares=1),
        hybrid(GPU, TIER, count=1, queue_limit=2),
        autoscaled_fleet(
            replace(GPU, interruptions_per_hour=Estimate(1, 3)), SCALER, smallest=0, largest=5
        ),
        deployment(TIER, find_autoscaler("replicate"), REPLICATE_BOOT, smallest=1, largest=5),
        layered(
            replace(GPU, reserved_hour_usd=Decimal("1.1")),
            TIER,
            SCALER,
            reserved=1,
            largest=3,
            queue_limit=1,
        ),
    ],
    ids=lambda policy: policy.kind,
)
def test_parts_sum_to_the_cost(policy: Policy) -> None:
    asked = scenario(policies=(policy,), overheads=Overheads(), uncertainty=UNCERTAIN)

    [*_, result] = compare(asked, asked.compared(), TWIN)

    assert abs(add_exact(list(result.parts_usd.values())) - result.cost_usd_mean) < Decimal("1e-15")
    for trial in result.trials:
        assert add_exact(list(trial.parts.values())) == trial.cost_usd


def test_workers_and_compiler_change_nothing() -> None:
    policies = (fixed_fleet(GPU, 1), hybrid(GPU, TIER, count=1, queue_limit=1))
    asked = scenario(policies=policies, uncertainty=UNCERTAIN, gpu=GPU, days=7)

    alone, together, twin = (
        simulate(asked, workers=1, kernel=load_kernel()),
        simulate(asked, workers=3, kernel=load_kernel()),
        simulate(asked, kernel=TWIN),
    )

    assert alone == together
    assert replace(twin, is_compiled=alone.is_compiled) == alone


def test_another_policy_changes_no_other_answer() -> None:
    alone = scenario(policies=(fixed_fleet(GPU, 1),), uncertainty=UNCERTAIN)
    more = replace(alone, policies=(fixed_fleet(GPU, 2), fixed_fleet(GPU, 1)))

    one, other = (compare(asked, asked.compared(), TWIN) for asked in (alone, more))

    assert one[1] == other[2]


def test_another_seed_gives_another_answer() -> None:
    first, second = scenario(), replace(scenario(), seed=2)

    assert simulate(first, kernel=TWIN).results != simulate(second, kernel=TWIN).results


def test_uncertain_cost_is_wider_than_its_noise() -> None:
    certain = scenario(replications=8)
    [known] = compare(certain, certain.compared(), TWIN)
    [doubtful] = compare(replace(certain, uncertainty=UNCERTAIN), certain.compared(), TWIN)

    assert doubtful.cost_usd_p95 - doubtful.cost_usd_p5 > 2 * (
        known.cost_usd_p95 - known.cost_usd_p5
    )


def test_resampling_keeps_whole_weeks() -> None:
    weeks = [
        np.sort(np.random.default_rng(n).integers(0, WEEK, 50 + n)) + n * WEEK for n in range(3)
    ]
    arrivals = np.concatenate(weeks)
    demand = Recording(arrivals, np.full(len(arrivals), SECOND), 3 * WEEK, is_resampled=True)

    trace = world(demand=demand, days=14).trace

    drawn = [trace.arrivals[trace.arrivals // WEEK == week] % WEEK for week in (0, 1)]
    known = [(week % WEEK).tolist() for week in weeks]
    assert all(one.tolist() in known for one in drawn)


def test_growth_lays_copies_over_each_other() -> None:
    asked = scenario(
        recording(), uncertainty=replace(scenario().uncertainty, volume=Estimate(2.0, 2.0))
    )

    trace = make_world(asked, Shares(1, 0, 0)).trace

    assert len(trace.arrivals) == 1000


def test_bursts_show_in_the_dispersion() -> None:
    calm, wild = (
        simulate(scenario(replace(PROFILE, requests_per_day=50_000, burstiness=cv2)), kernel=TWIN)
        for cv2 in (0.0, 1.0)
    )

    assert calm.load.dispersion_minute == pytest.approx(1.0, abs=0.1)
    assert wild.load.dispersion_minute == pytest.approx(1 + 50_000 / 1440, rel=0.15)


def test_clients_that_leave_are_not_served() -> None:
    asked = scenario(
        replace(PROFILE, requests_per_day=30_000),
        policies=(fixed_fleet(GPU, 1),),
        patience_seconds=5,
    )

    [_, result] = simulate(asked, kernel=TWIN).results

    assert result.timeout_share.p50 > 0.3
    assert result.waits[2].p95 <= 5
    assert result.met_share == 0


def test_policy_that_can_never_keep_up_is_refused_with_its_reason() -> None:
    asked = scenario(replace(PROFILE, requests_per_day=50_000), policies=(fixed_fleet(GPU, 2),))

    answer = simulate(asked, kernel=TWIN)

    assert [result.policy.kind for result in answer.results] == [PolicyKind.PUBLIC]
    assert "grows for ever" in answer.refused[0]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Lognormal(0.0), id="zero service time"),
        pytest.param(lambda: Profile(0, Lognormal(6)), id="no requests"),
        pytest.param(lambda: Estimate(2, 1), id="range backwards"),
        pytest.param(
            lambda: deployment(TIER, SCALER, REPLICATE_BOOT, smallest=3, largest=2),
            id="min above max",
        ),
        pytest.param(lambda: fixed_fleet(GPU, 0), id="nobody serves"),
        pytest.param(
            lambda: replace(
                scenario(), tier=replace(TIER, as_of=TODAY.replace(year=2025, month=1))
            ),
            id="price older than a year",
        ),
        pytest.param(lambda: recording(days=3, is_resampled=True), id="less than a week resampled"),
        pytest.param(lambda: Recording(np.array([5, 1]), np.array([1, 1]), DAY), id="out of order"),
    ],
)
def test_impossible_input_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ImpossibleInput) as raised:
        make()

    assert isinstance(raised.value, SimulationError)
    assert raised.value.help


def test_what_nobody_documents_is_a_range_in_the_answer() -> None:
    policy = deployment(TIER, find_autoscaler("replicate"), REPLICATE_BOOT, smallest=0, largest=5)
    asked = scenario(policies=(policy,), uncertainty=replace(UNCERTAIN, price=within(1, 1.1)))

    names = {bar.name for bar in simulate(asked, kernel=TWIN).ranges}

    assert {"public wait", "idle timeout of replicate", "scale-up rule of replicate"} <= names


def test_idle_and_setup_are_billed_apart() -> None:
    policy = deployment(TIER, SCALER, REPLICATE_BOOT, smallest=0, largest=5)

    trial = try_policy(policy, world(), TWIN)

    assert set(trial.parts) == {Part.ACTIVE, Part.SETUP, Part.IDLE}


def test_answer_shows_what_each_range_moves() -> None:
    policy = deployment(TIER, find_autoscaler("replicate"), REPLICATE_BOOT, smallest=0, largest=5)

    answer = simulate(scenario(policies=(policy,), uncertainty=UNCERTAIN), kernel=TWIN)

    bars = {bar.name: bar for bar in answer.ranges}
    idle, wait = bars["idle timeout of replicate"], bars["public wait"]
    assert idle.policy == policy
    assert idle.low_usd < idle.high_usd
    assert idle.low_wait_seconds > idle.high_wait_seconds
    assert wait.policy == public(TIER)
    assert wait.low_usd == wait.high_usd
    assert wait.high_wait_seconds == pytest.approx(20 * wait.low_wait_seconds)


@pytest.mark.parametrize(
    "name",
    [
        *("volume", "run time", "public wait", "price of own GPUs", "boot time"),
        *(f"time on {GPU.name}", "idle timeout of test", "scale-up rule of test"),
    ],
)
def test_world_that_varies_in_one_number_is_the_world_drawn_with_it(name: str) -> None:
    scaler = replace(SCALER, idle_seconds=Estimate(20, 200), backlog=Estimate(1, 4))
    gpu = replace(GPU, time=Estimate(0.5, 2))
    policy = autoscaled_fleet(gpu, scaler, smallest=0, largest=4)
    asked = scenario(policies=(policy,), uncertainty=UNCERTAIN)
    middle = make_world(asked, Shares(asked.seed, 0, 0))

    varied = vary(middle, name, 1.0)

    drawn = make_world(asked, Shares(asked.seed, 0, 0, {name: 1.0}))
    for one in (policy, public(TIER)):
        assert try_policy(one, varied, TWIN) == try_policy(one, drawn, TWIN)
