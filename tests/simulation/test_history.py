"""A replay on the public model costs what the ledger charges, to the last digit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema_rs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costing.app import Costing
from costing.errors import NotFound, UsageError
from costing.settings import Settings
from costing.simulation.assembly import assemble
from costing.simulation.envelope_schema import ANSWER
from costing.simulation.form import FORMS
from costing.simulation.headline import heading
from costing.simulation.request import read_request
from costing.simulation.use_case import Simulation
from pricing.calendar import PeriodError
from pricing.simulator.compiled import TWIN
from pricing.simulator.duration import SECOND, draw_durations, lognormal_by_median
from pricing.simulator.kernel import NEVER
from pricing.simulator.pool import Rules, run_general
from tests.ingest.records import life
from tests.simulation.conftest import TODAY
from tests.simulation.question import small_question

EXAMPLES = Path(__file__).parents[2] / "examples"
HISTORY = {"from_history": True, "replications": 2, "own_gpu": "none", "policies": []}
PRICES = {"gpu-t4": Decimal("0.000225"), "gpu-l40s": Decimal("0.000975")}


def test_replay_of_the_shipped_records_costs_what_the_ledger_charges(tmp_path: Path) -> None:
    app = Costing(Settings(home=tmp_path, hardware=EXAMPLES / "hardware.toml"), clock=lambda: TODAY)
    app.ingest([EXAMPLES / "predictions.jsonl"])

    history = app.simulate(read_request(HISTORY)).history

    assert history is not None
    frame = app.report("daily", from_="2020-01-01", to="2026-11-01")
    charged = sum((amount for amount in frame["amount_usd"] if amount), Decimal(0))
    assert history.replayed_usd == history.charged_usd == charged > 0


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 10**11), st.integers(0, 10**5)),
        min_size=1,
        max_size=12,
    )
)
def test_replay_of_random_records_costs_seconds_times_prices(
    runs: list[tuple[str, int, int]],
) -> None:
    with TemporaryDirectory() as folder:
        app = Costing(Settings(home=Path(folder) / "home"), clock=lambda: TODAY)
        lines = [_record(number, *run) for number, run in enumerate(runs)]
        path = Path(folder) / "records.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        app.ingest([path])

        history = app.simulate(read_request(HISTORY)).history

    expected = sum((PRICES[sku] * Decimal(nano).scaleb(-9) for sku, nano, _ in runs), Decimal(0))
    assert history is not None
    assert history.replayed_usd == history.charged_usd == expected


def test_public_model_of_an_ungrown_replay_costs_the_ledgers_charges(costing: Costing) -> None:
    _ingest(costing, [_record(number, "gpu-t4", 10**9 * number, number) for number in range(1, 9)])

    simulation = costing.simulate(read_request(HISTORY))

    public = simulation.answer.results[0]
    assert {trial.cost_usd for trial in public.trials} == {Decimal("0.000225") * 36}


def test_growth_multiplies_what_was_recorded(costing: Costing) -> None:
    _ingest(costing, [_record(number, "gpu-t4", 10**9, number) for number in range(8)])

    grown = costing.simulate(read_request(HISTORY | {"growth": 3}))

    assert grown.answer.load.requests == 24


def test_days_of_which_nothing_was_ingested_are_no_quiet_days(costing: Costing) -> None:
    _ingest(costing, [_record(number, "gpu-t4", 10**9, number) for number in range(8)])

    history = costing.simulate(read_request(HISTORY | {"last": "90d"})).history

    assert history is not None
    assert history.days == pytest.approx(1 / 24)


def test_unrecorded_waits_leave_the_public_wait_a_range(costing: Costing) -> None:
    lines = [_record(number, "gpu-t4", 10**9, number) | {"started_at": None} for number in (1, 2)]
    _ingest(costing, lines)

    simulation = costing.simulate(read_request(HISTORY))

    assert simulation.history is not None
    assert simulation.history.waits.p50 is None
    assert ("public wait", 0.3, 6.0) in ranges_of(simulation)


def test_two_requests_give_no_confidence_however_much_they_are_grown(costing: Costing) -> None:
    _ingest(costing, [_record(number, "gpu-t4", 10**9, number) for number in range(2)])

    simulation = costing.simulate(read_request(HISTORY | {"growth": 100}))

    recommendation = simulation.answer.recommendation
    assert simulation.answer.load.requests == 200
    assert recommendation.confidence is None
    assert "This rests on too little: 2 requests, where 100 are the least." in (
        recommendation.sentence
    )


def test_other_models_stay_out(costing: Costing) -> None:
    _ingest(costing, [_record(1, "gpu-t4", 10**9, 1)])

    with pytest.raises(NotFound):
        costing.simulate(read_request(HISTORY | {"model": "nobody/*"}))


def ranges_of(simulation: Simulation) -> set[tuple[str, float, float]]:
    return {(bar.name, bar.low, bar.high) for bar in simulation.answer.ranges}


def _ingest(app: Costing, lines: list[dict[str, object]]) -> None:
    path = app.settings.home.parent / "records.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    app.ingest([path])


def _record(number: int, sku: str, nano: int, minute: int) -> dict[str, object]:
    created = datetime(2026, 10, 1, tzinfo=UTC).timestamp() + 60 * minute / 10
    begin = datetime.fromtimestamp(created, UTC).isoformat()
    seconds = float(Decimal(nano).scaleb(-9))
    return {
        **life(number, 1, "succeeded")[2],
        "hardware": sku,
        "model": "acme/upscale",
        "version": "5" * 64,
        "created_at": begin,
        "started_at": begin,
        "completed_at": begin,
        "metrics": {"predict_time": seconds},
    }


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """An answer from the history of a deployment: boots of 20 s, 60 s at P95, idle after 300 s."""
    pick = np.random.default_rng(3)
    arrivals = np.cumsum(pick.exponential(400 * SECOND, 3000)).astype(np.int64)
    services = pick.integers(SECOND, 9 * SECOND, 3000)
    boots = draw_durations(lognormal_by_median(20, 60), pick.standard_normal(999))
    rules = Rules(0, 4, NEVER, 300 * SECOND, NEVER, True, 1, 4, 0, int(arrivals[-1]))
    waits = run_general(arrivals, services, rules, TWIN, boots=boots).waits
    starts = zip(arrivals.tolist(), waits.tolist(), services.tolist(), strict=True)
    app = Costing(Settings(home=tmp_path_factory.mktemp("deployed") / "home"), clock=lambda: TODAY)
    _ingest(app, [_deployed(number, *start) for number, start in enumerate(starts)])
    return app.simulate(read_request(HISTORY))


def test_boots_and_idle_timeout_are_calibrated_from_a_deployment(deployed: Simulation) -> None:
    history = deployed.history
    assert history is not None
    assert history.calibration is not None
    assert history.calibration.boot_median_seconds == pytest.approx(20, rel=0.25)
    idle = history.calibration.idle_seconds
    assert idle is not None
    assert idle.low <= 300 <= idle.high
    assumed = {name: value for name, value, _ in deployed.assumed}
    assert "calibrated" in assumed["boot_median"]
    assert "calibrated" in assumed["idle_timeout"]


def test_calibrated_deployment_waits_as_it_did(deployed: Simulation) -> None:
    history = deployed.history
    assert history is not None
    assert history.pool is not None
    seen, modelled = history.pool.waits, history.pool.modelled
    assert seen.pool == "acme/upscale-live"
    assert seen.p95 is not None
    assert seen.p99 is not None
    assert modelled[1] == pytest.approx(float(seen.p95), rel=0.2)
    assert modelled[2] == pytest.approx(float(seen.p99), rel=0.2)
    answer = json.loads(FORMS["json"].render(deployed))
    read = answer["history"]
    jsonschema_rs.validate(ANSWER, answer)
    assert read["pool"]["waits_modelled"]["p95"] == modelled[1]
    assert read["calibration"]["idle_seconds"]["low"] <= 300
    assert b"wait for acme/upscale-live, P95" in FORMS["table"].render(deployed)


def test_boot_that_the_user_knows_is_not_calibrated(deployed: Simulation) -> None:
    assert deployed.history is not None
    asked = read_request(HISTORY | {"boot_median": 500})

    made = assemble(asked, Settings(home=Path()), TODAY, deployed.history)

    said = {name: value for name, value, _ in made.assumed}
    assert said["boot_p95"] == "2000"
    assert "boot_median" not in said
    assert said["idle_timeout"].endswith(" (calibrated)")


def test_replay_of_a_deployment_costs_what_the_ledger_charges(deployed: Simulation) -> None:
    assert deployed.history is not None
    assert deployed.history.replayed_usd == deployed.history.charged_usd > 0


def test_waits_for_a_deployment_are_none_of_the_public_pool(deployed: Simulation) -> None:
    assert deployed.history is not None
    assert deployed.history.waits.seen == 0
    assert ("public wait", 0.3, 6.0) in ranges_of(deployed)


def test_public_waits_are_as_recorded_at_the_median_and_the_95th_percentile(
    costing: Costing,
) -> None:
    pick = np.random.default_rng(1)
    waits = draw_durations(lognormal_by_median(2, 40), pick.standard_normal(2000)).tolist()
    _ingest(costing, [_waited(number, wait) for number, wait in enumerate(waits)])

    simulation = costing.simulate(read_request(HISTORY))

    seen, public = simulation.history, simulation.answer.results[0]
    assert seen is not None
    assert public.waits[0].p50 == pytest.approx(float(seen.waits.p50 or 0), rel=0.2)
    assert public.waits[1].p50 == pytest.approx(float(seen.waits.p95 or 0), rel=0.2)


def test_few_boots_leave_the_ranges_and_say_so(costing: Costing) -> None:
    lines = [_deployed(number, number * 10**12, 10**9, 10**9) for number in range(5)]
    _ingest(costing, lines)

    simulation = costing.simulate(read_request(HISTORY | {"policies": ["private 0-3"]}))

    assert ("idle timeout of replicate", 60.0, 600.0) in ranges_of(simulation)
    assert any("0 recorded requests came" in one for one in simulation.answer.warnings)


@pytest.mark.parametrize(
    ("period", "count"),
    [
        ({"from": "2026-10-01T00:00", "to": "2026-10-01T00:30"}, 5),
        ({"from": "2026-10-01T00:30"}, 7),
        ({"to": "2026-10-01T00:12"}, 2),
    ],
    ids=["both", "from", "to"],
)
def test_history_begins_and_ends_where_it_is_told(
    costing: Costing, period: dict[str, str], count: int
) -> None:
    _ingest(costing, [_record(number, "gpu-t4", 10**9, number * 60) for number in range(12)])

    history = costing.simulate(read_request(HISTORY | period)).history

    assert history is not None
    assert len(history.recording.arrivals) == count


def test_span_and_bounds_are_not_mixed(costing: Costing) -> None:
    _ingest(costing, [_record(1, "gpu-t4", 10**9, 1)])

    with pytest.raises(PeriodError):
        costing.simulate(read_request(HISTORY | {"last": "9d", "from": "2026-10-01"}))


def test_history_on_a_tier_that_is_not_sold_any_more_names_the_way_on(costing: Costing) -> None:
    lines = [_record(number, "gpu-a40-small", 10**9, number) for number in range(30)]
    _ingest(costing, json.loads(json.dumps(lines).replace("2026-10-", "2025-10-")))

    with pytest.raises(UsageError) as raised:
        costing.simulate(read_request(HISTORY | {"replications": 2}))
    answered = costing.simulate(read_request(HISTORY | {"now_on": "gpu-l40s"}))

    assert 'no price for "gpu-a40-small"' in str(raised.value)
    assert "--now-on gpu-l40s" in str(raised.value.help)
    assert answered.answer.results[0].policy.name == "public gpu-l40s"
    assert any("run times are of gpu-a40-small" in one for one in answered.answer.warnings)
    ranges = {name: (low, high) for name, low, high in ranges_of(answered)}
    assert ranges["time on gpu-l40s"] == pytest.approx((0.73 / 3.6, 2.3 / 1.6))
    assert heading(answered).endswith("s each on gpu-a40-small, 0.0416667 days")


def test_words_about_a_history_without_one_are_refused(costing: Costing) -> None:
    with pytest.raises(UsageError, match="--last is about a history"):
        costing.simulate(small_question(last="30d"))


def _deployed(number: int, arrival: int, wait: int, service: int) -> dict[str, object]:
    """A record of a deployment; times in nanoseconds."""
    created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=arrival // 1000)
    started = created + timedelta(microseconds=wait // 1000)
    return {
        **_record(0, "gpu-t4", service, 0),
        "id": f"{number:026d}",
        "deployment": "acme/upscale-live",
        "created_at": created.isoformat(),
        "started_at": started.isoformat(),
        "completed_at": (started + timedelta(microseconds=service // 1000)).isoformat(),
    }


def _waited(number: int, wait: int) -> dict[str, object]:
    record = _deployed(number, number * 60 * 10**9, wait, 10**9)
    return {name: value for name, value in record.items() if name != "deployment"}
