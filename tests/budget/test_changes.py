"""Alerts on what changed, over a real ledger: what the report finds, told once, with its cause."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costing.app import Costing
from costing.budget.breakdown import MOST_READINGS
from costing.settings import Settings
from tests.notify.sample import Clock

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BUDGET = """
[[budget]]
name = "all"
limit_usd = 100000
thresholds = []
zone = "UTC"
anomalies = true
"""


def record(name: str, at: datetime, seconds: int, **more: object) -> str:
    begun = at - timedelta(seconds=seconds)
    facts = {
        "id": name,
        "model": "acme/face",
        "version": "0" * 64,
        "status": "succeeded",
        "hardware": "gpu-t4",
        "created_at": begun.isoformat(),
        "started_at": begun.isoformat(),
        "completed_at": at.isoformat(),
        "metrics": {"predict_time": seconds},
        **more,
    }
    return json.dumps(facts)


def use(prefix: str, days: Iterable[int], seconds: int, **more: object) -> list[str]:
    """Five runs on each day, so many days before now."""
    return [
        record(f"{prefix}{ago}run{run}", NOW - ago * DAY - timedelta(hours=run), seconds, **more)
        for ago in days
        for run in range(5)
    ]


USUAL = use("u", range(1, 60), 1000)
NEW_MODEL = use("n", [1], 3000, model="acme/voice")
SLOWER = use("s", range(1, 15), 2000, model="acme/slow", version="1" * 64)
FASTER_BEFORE = use("f", range(20, 60), 1000, model="acme/slow", version="1" * 64)
OTHER_TIER = use("o", [1, 2], 2000, hardware="gpu-l40s")
FAILED = use("w", range(2, 12), 3000, status="failed", model="acme/deploy", deployment="acme/d")
WELL = use("g", range(1, 60), 1000, model="acme/deploy", deployment="acme/d")


def make(folder: Path, lines: Sequence[str], budgets: str = BUDGET) -> tuple[Costing, Clock]:
    home = folder / "home"
    home.mkdir()
    (home / "budgets.toml").write_text(budgets)
    clock = Clock(NOW)
    costing = Costing(Settings(home=home), clock=clock)
    take(costing, lines)
    return costing, clock


def take(costing: Costing, lines: Sequence[str]) -> None:
    path = costing.settings.home / "records.jsonl"
    path.write_text("\n".join(lines) + "\n")
    costing.ingest([path])


def told(costing: Costing) -> list[str]:
    return [one.key.threshold for one in costing.check_budgets().opened]


@pytest.mark.parametrize(
    ("lines", "threshold"),
    [
        pytest.param(NEW_MODEL, "anomaly:new model:model acme/voice", id="new model"),
        pytest.param(
            [*FASTER_BEFORE, *SLOWER],
            "anomaly:slower version:version acme/slow:11111111",
            id="slower version",
        ),
        pytest.param(
            OTHER_TIER, "anomaly:changed hardware:model acme/face:gpu-l40s", id="changed hardware"
        ),
        pytest.param(
            [*WELL, *FAILED], "anomaly:failed but billed:model acme/deploy", id="failed but billed"
        ),
    ],
)
def test_change_is_told_once(tmp_path: Path, lines: list[str], threshold: str) -> None:
    costing, _ = make(tmp_path, [*USUAL, *lines])
    assert threshold in told(costing)
    take(costing, use("more", [1], 1))
    assert told(costing) == []


def test_slower_versions_whose_names_begin_alike_are_told_each(tmp_path: Path) -> None:
    first, second = (
        use(name, range(1, 6), 2000, model="acme/slow", version=name)
        for name in ("release-1", "release-2")
    )
    costing, _ = make(tmp_path, [*USUAL, *FASTER_BEFORE, *first])
    assert told(costing) == ["anomaly:slower version:version acme/slow:release-1"]
    take(costing, second)
    assert told(costing) == ["anomaly:slower version:version acme/slow:release-2"]


def test_quiet_ledger_tells_nothing(tmp_path: Path) -> None:
    costing, _ = make(tmp_path, USUAL)
    assert told(costing) == []


def test_change_of_one_kind_is_told_only_if_that_is_asked_for(tmp_path: Path) -> None:
    budget = BUDGET.replace("= true", '= ["changed hardware"]')
    costing, _ = make(tmp_path, [*USUAL, *NEW_MODEL, *OTHER_TIER], budget)
    assert told(costing) == ["anomaly:changed hardware:model acme/face:gpu-l40s"]


def test_small_change_is_not_told(tmp_path: Path) -> None:
    costing, _ = make(tmp_path, [*USUAL, *use("n", [1], 2, model="acme/voice")])
    assert told(costing) == []


def test_new_model_that_begins_small_is_told_when_it_is_worth_it(tmp_path: Path) -> None:
    costing, clock = make(tmp_path, [*USUAL, *use("first", [1], 2, model="acme/voice")])
    before = told(costing)
    clock.advance(days=6)
    take(costing, use("later", [-5, -4], 1500, model="acme/voice"))
    assert (before, told(costing)) == ([], ["anomaly:new model:model acme/voice"])


def test_budgets_are_told_what_the_report_finds_in_their_scope(tmp_path: Path) -> None:
    scopes = {
        "all": [],
        "face": ["model=acme/face"],
        "some": ["model=acme/[vs]*"],
        "deployed": ["model=acme/*", "deployment=acme/d"],
        "version": ["version=1*"],
        "none": ["model=other/*"],
    }
    budgets = "".join(
        f"{BUDGET.replace('all', name)}scope = {scope}\n" for name, scope in scopes.items()
    )
    lines = [*USUAL, *NEW_MODEL, *FASTER_BEFORE, *SLOWER, *OTHER_TIER, *WELL, *FAILED]
    costing, _ = make(tmp_path, lines, budgets)
    opened = costing.check_budgets().opened
    for name, scope in scopes.items():
        report = costing.report("anomalies", where=scope, tz="UTC").to_dicts()
        expected = {
            str(row["finding"])
            for row in report
            if row["at_stake_usd"] >= 1 and row["kind"] not in {"above usual", "new spend"}
        }
        found = {
            one.summary.partition(": ")[2]
            for one in opened
            if one.key.budget == name and one.key.threshold.split(":")[1][:4] != "2026"
        }
        assert found == expected, name
    assert {one.key.budget for one in opened} >= {"all", "face", "some", "deployed"}


def test_unusual_day_names_its_cause_as_the_report_does(tmp_path: Path) -> None:
    spike = use("x", [1], 90_000, model="acme/face")
    costing, _ = make(tmp_path, [*USUAL, *WELL, *spike])
    [alert] = [one for one in costing.check_budgets().opened if "2026" in one.key.threshold]
    [row] = [
        row
        for row in costing.report("anomalies", tz="UTC").to_dicts()
        if row["kind"] == "above usual"
    ]
    assert alert.summary == f"budget all: {row['finding']}"
    assert "most by model acme/face, $" in alert.summary
    assert alert.key.threshold == "anomaly:2026-11-19"
    assert row["finding"] in "\n".join(costing.explain_budget("all"))


def test_cause_is_that_of_the_scope(tmp_path: Path) -> None:
    spike = use("x", [1], 180_000, model="acme/face")
    second = use("y", [1], 10_000, model="acme/deploy")
    budgets = BUDGET + BUDGET.replace("all", "deploy") + 'scope = ["model=acme/dep*"]\n'
    costing, _ = make(tmp_path, [*USUAL, *WELL, *spike, *second], budgets)
    summaries = {
        one.key.budget: one.summary
        for one in costing.check_budgets().opened
        if "2026" in one.key.threshold
    }
    assert "most by model acme/face" in summaries["all"]
    assert "most by model acme/deploy" in summaries["deploy"]


def test_message_of_several_changes_names_all_of_them(tmp_path: Path) -> None:
    costing, _ = make(tmp_path, [*USUAL, *NEW_MODEL, *OTHER_TIER])
    opened = costing.check_budgets().opened
    [loud] = [one for one in opened if one.is_sent and "2026" not in one.key.threshold]
    lines = json.loads(loud.payload)["lines"]
    assert "acme/voice was not seen before" in loud.summary + " ".join(lines)
    assert "ran on gpu-l40s" in loud.summary + " ".join(lines)
    assert loud.severity == "info"


def test_movers_of_many_budgets_are_found_by_one_report(tmp_path: Path) -> None:
    budgets = "".join(
        f'[[budget]]\nname = "b{number}"\nlimit_usd = 1\nzone = "UTC"\nthresholds = ["80%"]\n'
        f'scope = ["model=acme/{"face" if number % 2 else "deploy"}"]\n'
        for number in range(MOST_READINGS + 10)
    )
    costing, _ = make(tmp_path, [*USUAL, *WELL], budgets)
    opened = costing.check_budgets().opened
    assert len(opened) == MOST_READINGS + 10
    for one in opened:
        expected = "acme/face" if int(one.key.budget[1:]) % 2 else "acme/deploy"
        assert [mover["model"] for mover in json.loads(one.payload)["movers"]] == [expected]


def test_movers_that_nobody_looked_for_are_said(tmp_path: Path) -> None:
    budgets = "".join(
        f'[[budget]]\nname = "b{number}"\nlimit_usd = 1\nzone = "UTC"\nthresholds = ["80%"]\n'
        f'period = "custom"\nfrom = {(NOW - 50 * DAY - number * DAY).date()}\nuntil = 2027-01-01\n'
        for number in range(MOST_READINGS + 1)
    )
    costing, _ = make(tmp_path, USUAL, budgets)
    texts = ["\n".join(json.loads(one.payload)["lines"]) for one in costing.check_budgets().opened]
    assert sum("moved: not looked up" in text for text in texts) == 1


def test_movers_sum_to_the_change_of_the_budget(tmp_path: Path) -> None:
    budget = BUDGET.replace("thresholds = []", 'thresholds = ["$1"]').replace("= true", "= false")
    costing, _ = make(tmp_path, [*USUAL, *WELL], budget)
    [alert] = costing.check_budgets().opened
    facts = json.loads(alert.payload)
    assert "in the same days of the period before)" in "\n".join(facts["lines"])
    total = sum((Decimal(one["spent_usd"]) for one in facts["movers"]), Decimal())
    assert total == Decimal(facts["spent_usd"])
