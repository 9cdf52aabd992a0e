"""Deployments and models that were seen: when a release held, and what kept instances cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costing.app import Costing
from costing.ledger.connection import attached, opened, scratch
from costing.ledger.evidence.look import DeploymentsSeen, ModelSeen, ReleaseSeen
from costing.ledger.evidence.seen import Evidence, read_evidence, store_deployments, store_model
from costing.request import ReportRequest
from costing.settings import Settings
from tests.ingest.records import Record, life
from tests.turn import a_turn

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
START = datetime(2026, 10, 1, tzinfo=UTC)
LIVE = "acme/live"


@pytest.fixture
def costing(tmp_path: Path) -> Costing:
    return Costing(Settings(home=tmp_path / "home"), clock=lambda: START + 40 * DAY)


def release(
    number: int, released_at: datetime, hardware: str = "gpu-t4", minimum: int = 0
) -> ReleaseSeen:
    return ReleaseSeen(LIVE, number, "acme/upscale", "v1", hardware, minimum, 5, released_at)


def look(costing: Costing, looked_at: datetime, *shown: ReleaseSeen) -> None:
    with (
        scratch(costing.settings.home / "spill" / "look", memory_limit="200MB") as connection,
        attached(connection, costing.settings.home, a_turn()),
    ):
        store_deployments(connection, looked_at, DeploymentsSeen(shown))


def evidence(costing: Costing) -> Evidence:
    with opened(costing.settings.home, a_turn()) as connection:
        return read_evidence(connection)


def spans(costing: Costing) -> list[tuple[str, datetime | None, datetime | None]]:
    return [(one.release, one.starts_at, one.ends_at) for one in evidence(costing).releases]


def test_a_release_holds_until_the_next_begins(costing: Costing) -> None:
    look(costing, START + DAY, release(1, START))
    look(costing, START + 3 * DAY, release(2, START + 2 * DAY, "gpu-l40s"))

    assert spans(costing) == [("1", START, START + 2 * DAY), ("2", START + 2 * DAY, None)]


def test_a_release_before_one_never_seen_holds_until_it_was_last_seen(costing: Costing) -> None:
    look(costing, START + DAY, release(1, START))
    look(costing, START + 9 * DAY, release(3, START + 5 * DAY))

    assert spans(costing)[0] == ("1", START, START + DAY)


def test_a_deployment_that_is_gone_holds_until_that_was_noticed(costing: Costing) -> None:
    look(costing, START + DAY, release(1, START))
    look(costing, START + 4 * DAY)

    assert spans(costing) == [("1", START, START + 4 * DAY)]


def test_an_old_look_that_comes_again_undoes_no_later_one(costing: Costing) -> None:
    for looked_at, shown in (
        (START + DAY, (release(1, START),)),
        (START + 4 * DAY, ()),
        (START + DAY, (release(1, START),)),
    ):
        look(costing, looked_at, *shown)

    assert spans(costing) == [("1", START, START + 4 * DAY)]


def test_the_same_look_again_changes_nothing(costing: Costing) -> None:
    for _ in range(2):
        look(costing, START + DAY, release(1, START, minimum=1))

    assert spans(costing) == [("1", START, None)]


def test_the_release_in_force_is_evidence_of_hardware(costing: Costing, tmp_path: Path) -> None:
    look(costing, START + DAY, release(1, START - 90 * DAY))
    costing.ingest([write(tmp_path / "one.jsonl", ended(1, deployment=LIVE))])

    frame = costing.report("monthly", month="2026-10", by=["hardware"])

    assert frame["hardware"].to_list() == ["gpu-t4"]
    assert frame["lower_bound_usd"].to_list() == frame["amount_usd"].to_list()


def test_instances_kept_on_cost_without_any_prediction(costing: Costing) -> None:
    look(costing, START + DAY, release(1, START, minimum=2))
    look(costing, START + 10 * DAY, release(1, START, minimum=2))

    frame = costing.report("monthly", month="2026-10", by=["deployment"])

    assert frame["deployment"].to_list() == [LIVE]
    assert frame["predictions"].to_list() == [0]
    assert frame["amount_usd"].to_list() == [2 * 10 * 86400 * Decimal("0.000225")]
    assert frame["estimate_usd"].to_list() == frame["amount_usd"].to_list()


def test_what_predictions_ran_is_charged_once(costing: Costing, tmp_path: Path) -> None:
    look(costing, START + DAY, release(1, START, minimum=1))
    look(costing, START + 10 * DAY, release(1, START, minimum=1))
    costing.ingest([write(tmp_path / "one.jsonl", busy(START + 5 * DAY, seconds=5400))])

    frame = costing.report("monthly", month="2026-10", by=[])

    assert frame["predictions"].to_list() == [1]
    assert frame["amount_usd"].to_list() == [10 * 86400 * Decimal("0.000225")]


def test_pieces_of_time_sum_to_the_whole(costing: Costing) -> None:
    look(costing, START + DAY, release(1, START - 5 * DAY + timedelta(minutes=17), minimum=1))
    look(costing, START + 10 * DAY, release(2, START + 2 * DAY, "gpu-l40s", minimum=3))

    by_day = costing.report("daily", month="2026-10", tz="Asia/Kolkata")
    whole = costing.report("monthly", month="2026-10", tz="Asia/Kolkata", by=[])

    assert by_day["amount_usd"].sum() == whole["amount_usd"].sum()
    assert whole["amount_usd"].sum() > 0


def test_instances_without_a_price_are_told(costing: Costing) -> None:
    look(costing, START + DAY, release(1, START, "gpu-x9000", minimum=1))

    table = costing.report_table(ReportRequest(name="monthly", month="2026-10"))
    [missing] = costing.missing_hardware()

    assert table.values("amount_usd") == [None]
    assert table.values("unrated") == [24]
    assert table.head.completeness is not None
    assert table.head.completeness.kept_on_unrated_seconds == 86400
    assert (missing.hardware, missing.seconds) == ("gpu-x9000", Decimal(86400))


def test_days_without_any_prediction_have_their_charges(costing: Costing) -> None:
    look(costing, START + 3 * DAY, release(1, START, minimum=1))

    frame = costing.report("daily", month="2026-10")

    assert [str(day) for day in frame["day"].to_list()] == [f"2026-10-0{n}" for n in (1, 2, 3)]


def test_as_known_on_forgets_later_looks(costing: Costing, tmp_path: Path) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    look(costing, START + DAY, release(1, START, minimum=1))
    look(costing, START + 10 * DAY, release(1, START, minimum=1))

    known = costing.report("monthly", month="2026-10", by=[], as_known_on=(START + DAY).isoformat())

    assert known["amount_usd"].to_list() == [86400 * Decimal("0.000225")]


@pytest.mark.parametrize(
    ("visibility", "is_official", "reason"),
    [("private", False, "no_hardware"), ("public", True, "no_unit_price")],
)
def test_models_tell_the_class(
    costing: Costing, tmp_path: Path, visibility: str, *, is_official: bool, reason: str
) -> None:
    costing.ingest([write(tmp_path / "one.jsonl", ended(1))])
    with (
        scratch(costing.settings.home / "spill" / "look", memory_limit="200MB") as connection,
        attached(connection, costing.settings.home, a_turn()),
    ):
        store_model(connection, START, ModelSeen("acme/model-1", visibility, is_official))

    frame = costing.report("unrated", month="2026-10")

    assert frame["reason"].to_list() == [reason]


def write(path: Path, *records: Record) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def ended(number: int, **more: object) -> Record:
    return {**life(number, 10, "succeeded")[2], **more}


def busy(begin: datetime, *, seconds: int) -> Record:
    times = {"created_at": begin, "started_at": begin, "completed_at": begin + seconds * SECOND}
    return ended(
        1,
        deployment=LIVE,
        metrics={"predict_time": seconds},
        **{name: moment.isoformat() for name, moment in times.items()},
    )
