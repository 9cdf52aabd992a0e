"""A replay on the public model costs what the ledger charges, to the last digit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costing.app import Costing
from costing.errors import NotFound
from costing.settings import Settings
from costing.simulation.request import read_request
from tests.ingest.records import life
from tests.simulation.conftest import TODAY

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
    assert ("public wait", 0.3, 6.0) in simulation.answer.assumptions


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
