"""`costing simulate` as people and pipelines call it, each in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from costing.errors import ExitCode
from tests.cli.conftest import Run
from tests.simulation.question import SMALL

ROOT = Path(__file__).parents[2]


def test_guess_gets_an_answer_with_its_assumptions(run: Run) -> None:
    answer = run("simulate", *SMALL)

    assert answer.code == 0, answer.talk
    assert answer.talk == ""
    for part in ("Take ", "Policies", "Assumptions", "burstiness", "seed 1, 5 replications"):
        assert part in answer.out


@pytest.mark.parametrize(("limit", "code"), [("1", ExitCode.FAILED), ("100000", ExitCode.OK)])
def test_fail_over_tells_by_the_exit_code(run: Run, limit: str, code: ExitCode) -> None:
    answer = run("simulate", *SMALL, "--fail-over", limit)

    assert answer.code == code
    assert "Take " in answer.out


def test_fail_over_holds_the_one_policy_that_was_asked(run: Run) -> None:
    answer = run("simulate", *SMALL, "--policy", "fleet 4", "--fail-over", "1000")

    assert answer.code == ExitCode.FAILED
    assert "4 x A100-80" in answer.talk


def test_flags_go_before_the_file(run: Run, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "scenario.toml").read_text(encoding="utf-8")
    (tmp_path / "scenario.toml").write_text(text)
    asked = ("--days", "7", "--replications", "4", "--requests-per-day", "500")

    answer = run("simulate", "--scenario", "scenario.toml", *asked, "--format", "json")

    found = json.loads(answer.out)
    assert (found["days"], found["replications"]) == (7, 4)
    assert 200 < found["load"]["requests"] / 7 < 1000
    assert found["assumed"] != []


def test_page_is_written_to_a_file(run: Run, tmp_path: Path) -> None:
    answer = run("simulate", *SMALL, "-o", "page.html")

    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_two_scenarios_stand_side_by_side(run: Run, tmp_path: Path) -> None:
    for name, daily in (("a", 500), ("b", 1000)):
        (tmp_path / f"{name}.toml").write_text(
            f"days = 7\nreplications = 3\n[demand]\nrequests_per_day = {daily}\nseconds = 6\n"
            '[replicate]\nhardware = "gpu-t4"\nother_hardware = []\n[own]\nown_gpu = "none"\n'
        )

    answer = run("simulate", "compare", "a.toml", "b.toml", "--format", "csv")

    rows = list(csv.reader(io.StringIO(answer.out)))
    assert rows[0] == ["", "a.toml", "b.toml"]
    assert [row[0] for row in rows[1:3]] == ["requests a day", "busy instances"]


def test_series_in_json_carries_all_of_each_answer(run: Run) -> None:
    more = ("--param", "seconds", "--range", "5:6:2", "--replications", "2")

    whole = run("simulate", "sweep", *SMALL, *more, "--format", "json")

    answers = json.loads(whole.out)["answers"]
    assert all(one["answer"]["volumes"] and one["answer"]["tornado"] for one in answers)


def test_sweep_answers_at_every_value(run: Run) -> None:
    more = ("--own-gpu", "none", "--param", "requests_per_day", "--range", "100:10000:log3")

    answer = run("simulate", "sweep", *SMALL, *more, "--format", "csv")

    assert answer.code == 0, answer.talk
    values = [row[0] for row in csv.reader(io.StringIO(answer.out))]
    assert values == ["requests_per_day", "100", "1000", "10000"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--requests-per-day is missing"),
        (("--hardware", "gpu-t4", "--requests-per-day", "9"), "--seconds is missing"),
        ((*SMALL, "--seconds", "0"), '--seconds cannot be "0"'),
        ((*SMALL, "--hardware", "gpu-x"), "gpu-x"),
        ((*SMALL, "--own-gpu", "A1000"), "A1000"),
        ((*SMALL, "--own-gpu", "A1000", "--own-time", "1"), "A1000"),
        ((*SMALL, "--hardware", "gpu-h100-2x", "--own-gpu", "H100"), "--own-time"),
        ((*SMALL, "--offer", "nobody"), "no offer of A100-80"),
        ((*SMALL, "--policy", "deployment 5-2"), "5 to 2 is impossible"),
        ((*SMALL, "--policy", "nonsense"), "no policy is written"),
        ((*SMALL, "--volume-factor", "2:1"), "the lower first"),
        ((*SMALL, "--target-wait", "soon"), "30s"),
        ((*SMALL, "--requests-per-day", "1e12"), "that may be played"),
        ((*SMALL, "--requests-per-day", "1e10"), "that may be played"),
        ((*SMALL, "--ops-hours", "-1"), '--ops-hours cannot be "-1"'),
        ((*SMALL, "--format", "pdf"), "no format"),
        ((*SMALL, "-o", "page.xyz"), '".xyz" tells no format of a simulation'),
        ((*SMALL, "--scenario", "absent.toml"), "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_told(run: Run, arguments: tuple[str, ...], said: str) -> None:
    answer = run("simulate", *(arguments or ("--days", "7")))

    assert answer.code in {ExitCode.USAGE, ExitCode.DATA}
    assert answer.out == ""
    assert said in answer.talk
    assert "fault of the program" not in answer.talk


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--param", "bogus"), "there are days, replications"),
        (("--param", "second"), "did you mean seconds"),
        (("--param", "seconds", "-o", "page.html"), '".html" tells no format'),
    ],
    ids=["unknown", "near", "no page of several"],
)
def test_sweep_that_makes_no_sense_is_told(run: Run, more: tuple[str, ...], said: str) -> None:
    answer = run("simulate", "sweep", *SMALL, *more, "--range", "2:4:2")

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert said in answer.talk


def test_help_calls_hours_and_gigabytes_no_money(run: Run) -> None:
    text = " ".join(run("simulate", "run", "--help").out.split())

    for said in ("--ops-hours HOURS", "--storage-gb GB", "--egress-gb-per-request GB"):
        assert said in text


def test_load_above_capacity_is_refused_and_the_rest_answered(run: Run) -> None:
    answer = run("simulate", *SMALL, "--requests-per-day", "60000", "--policy", "fleet 1")

    assert answer.code == 0
    assert "so the queue grows for ever" in answer.out


def test_file_with_mistakes_names_every_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        "days = 0\n[demand]\nseconds = -1\nrequest_per_day = 5\n[target]\ntarget_cost = 5.0\n"
    )

    answer = run("simulate", "--scenario", "bad.toml")

    assert answer.code == ExitCode.USAGE
    for part in ("line 1", "line 3", "line 4", "did you mean requests_per_day?", "line 6"):
        assert part in answer.talk


def write_offer(tmp_path: Path, as_of: str) -> None:
    folder = tmp_path / "home" / "offers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ours.toml").write_text(
        'provider = "ours"\nsource = "our contract"\n'
        f'[[offer]]\ngpu = "A100-80"\ninstance = "rack"\non_demand_usd = "0.5"\nas_of = {as_of}\n'
    )


def test_age_of_a_price_is_told_when_it_matters(run: Run, tmp_path: Path) -> None:
    told = []
    for days in (88, 92):
        write_offer(tmp_path, str(datetime.now(UTC).date() - timedelta(days=days)))
        told.append("days old" in run("simulate", *SMALL, "--offer", "ours").out)

    assert told == [False, True]


def test_price_of_years_ago_is_refused_unless_accepted(run: Run, tmp_path: Path) -> None:
    write_offer(tmp_path, "2024-01-01")

    refused = run("simulate", *SMALL, "--offer", "ours")
    accepted = run("simulate", *SMALL, "--offer", "ours", "--accept-old-prices")

    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "days old" in refused.talk
    assert accepted.code == 0
    assert "days old (read on 2024-01-01)" in accepted.out


def test_users_own_offers_are_read(run: Run, tmp_path: Path) -> None:
    write_offer(tmp_path, "2026-11-01")

    answer = run("simulate", *SMALL, "--offer", "ours")

    assert "ours A100-80 rack on-demand" in answer.out


def test_missing_library_is_answered_with_the_line_that_installs_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['numpy'] = None\nfrom costing.cli import main; sys.exit(main())"
    asked = [sys.executable, "-c", code, "--home", str(tmp_path), "simulate", *SMALL]

    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == ExitCode.USAGE
    assert "replicate-costing[simulate]" in done.stderr


def test_help_neither_imports_numpy_nor_compiles() -> None:
    code = (
        "import sys; from costing.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'numba', 'jinja2')))"
    )
    for arguments in (["--help"], ["simulate", "run", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
