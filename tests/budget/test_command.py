"""`costing budget` in real processes: silence, exit codes, and what an idle run loads."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from costing.app import Costing
from costing.errors import ExitCode
from costing.settings import Settings
from tests.budget.sample import write_spend
from tests.cli.conftest import Run, environment, run
from tests.notify.receiver import Answer, Receiver, Request

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["environment", "run"]

BUDGET = '[[budget]]\nname = "all"\nlimit_usd = 10\nthresholds = ["80%"]\nperiod = "year"\n'
LOADED = (
    "import sys; from costing.cli import main; sys.argv = ['costing', 'budget', 'check']; "
    "code = main(); print(code, sorted({'duckdb', 'typer', 'httpx'} & sys.modules.keys()))"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "budgets.toml").write_text(BUDGET)
    costing = Costing(Settings(home=home))
    costing.ingest([write_spend(tmp_path / "one.jsonl", [(datetime.now(UTC), "9.1")])])
    return home


@pytest.mark.usefixtures("home")
def test_check_speaks_once(run: Run) -> None:
    first, second = run("budget", "check"), run("budget", "check")
    assert (first.code, first.talk) == (0, "")
    assert first.out.startswith("warning: budget all reached 80% ($8.00): $9.10 spent of $10.00")
    assert (second.code, second.out, second.talk) == (0, "", "")


@pytest.mark.usefixtures("home")
def test_idle_check_loads_neither_database_nor_command_line(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    run("budget", "check")
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0 []\n"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "code", "begins"),
    [
        pytest.param(["--exit-code"], 1, "warning", id="a threshold is reached"),
        pytest.param(["--nagios"], 1, "BUDGETS WARNING - all: 80%", id="plugin"),
        pytest.param(["--nagios", "--unknown"], 3, "BUDGETS UNKNOWN", id="plugin, wrong usage"),
        pytest.param(["--dry-run"], 0, "would tell: budget all", id="only looks"),
    ],
)
def test_exit_code_says_what_was_asked(
    run: Run, arguments: list[str], code: int, begins: str
) -> None:
    answer = run("budget", "check", *arguments)
    assert answer.code == code
    assert answer.out.startswith(begins)


def test_plugin_says_unknown_where_the_file_is_bad(run: Run, home: Path) -> None:
    (home / "budgets.toml").write_text("[[budget]\n")
    answer = run("budget", "check", "--nagios")
    assert (answer.code, answer.out.count("\n")) == (3, 1)


def test_undelivered_message_ends_with_5(run: Run, home: Path) -> None:
    text = f'{BUDGET}[[channel]]\nname = "ops"\ntype = "slack"\nurl_variable = "UNSET_URL"\n'
    (home / "budgets.toml").write_text(text)
    answer = run("budget", "check")
    assert answer.code == 5
    assert "not delivered" in answer.talk


def test_trial_that_does_not_arrive_says_so_and_why(run: Run, home: Path) -> None:
    text = f'{BUDGET}[[channel]]\nname = "ops"\ntype = "slack"\nurl_variable = "SLACK_URL"\n'
    (home / "budgets.toml").write_text(text)
    answer = run("budget", "test", "ops", SLACK_URL="http://127.0.0.1:9/")
    assert answer.code == 5
    assert answer.talk.startswith("ops: not delivered: no connection")


def test_message_that_another_run_is_sending_is_for_that_run_to_tell(run: Run, home: Path) -> None:
    meanwhile: list[int] = []

    def answer(_: Request) -> Answer:
        meanwhile.append(run("budget", "check").code)
        return Answer(200)

    with Receiver(answer) as receiver:
        (home / "slack.url").write_text(receiver.url)
        (home / "slack.url").chmod(0o600)
        text = f'{BUDGET}[[channel]]\nname = "ops"\ntype = "slack"\nurl_file = "slack.url"\n'
        (home / "budgets.toml").write_text(text)
        sender = run("budget", "check")
    assert (sender.code, meanwhile) == (0, [0])


def test_alert_that_was_given_up_ends_every_run_with_5_until_it_is_acknowledged(
    run: Run, home: Path
) -> None:
    with Receiver(lambda _: Answer(404)) as receiver:
        (home / "slack.url").write_text(receiver.url)
        (home / "slack.url").chmod(0o600)
        text = f'{BUDGET}[[channel]]\nname = "ops"\ntype = "slack"\nurl_file = "slack.url"\n'
        (home / "budgets.toml").write_text(text)
        first, second = run("budget", "check"), run("budget", "check")
    assert (first.code, second.code) == (5, 5)
    assert "given up" in first.talk
    assert second.talk == ""
    assert run("budget", "check", "--nagios").code == 1
    doctor = run("doctor").out
    assert "1 alert reached nobody" in doctor
    [alert] = Costing(Settings(home=home)).budget_history()
    run("budget", "ack", alert.stored.alert.alert_id)
    assert run("budget", "check").code == 0
    assert "all were delivered" in run("doctor").out


def test_message_that_waits_is_told_by_doctor(run: Run, home: Path) -> None:
    text = f'{BUDGET}[[channel]]\nname = "ops"\ntype = "slack"\nurl_variable = "UNSET_URL"\n'
    (home / "budgets.toml").write_text(text)
    run("budget", "check")
    assert "1 message to be sent" in run("doctor").out


def test_missing_file_says_what_to_do(run: Run) -> None:
    answer = run("budget", "check")
    assert answer.code == 2
    assert "costing init" in answer.talk
    assert "home/budgets.toml" in answer.talk
    assert "--config FOLDER/costing.toml" in answer.talk


def test_budgets_beside_the_settings_are_found_from_elsewhere(run: Run, tmp_path: Path) -> None:
    run("init", "far")
    (tmp_path / "far" / "budgets.toml").write_text(BUDGET)
    assert run("budget", "list").code == 2
    assert run("--config", str(tmp_path / "far" / "costing.toml"), "budget", "list").code == 0


@pytest.mark.usefixtures("home")
def test_dry_run_with_nothing_due_leaves_standard_output_empty(run: Run) -> None:
    run("budget", "check")
    answer = run("budget", "check", "--dry-run")
    assert (answer.code, answer.out) == (0, "")
    assert "nothing would be told" in answer.talk


def test_explain_says_in_words_what_is_reached_and_what_became_of_it(run: Run, home: Path) -> None:
    run("budget", "check")
    custom = BUDGET.replace('"year"', '"custom"\nfrom = {0}-01-01\nuntil = {1}-01-01')
    year = datetime.now(UTC).year
    text = custom.replace('["80%"]', '["80%", "95%"]').format(year, year + 1)
    (home / "budgets.toml").write_text(text)
    answer = run("budget", "explain", "all")
    assert "budget all: $10.00 in its period\n" in answer.out
    assert "\n  80% ($8.00): reached; told " in answer.out
    assert "\n  95% ($9.50): not reached\n" in answer.out


def test_explain_says_in_words_that_a_threshold_was_taken_out(run: Run, home: Path) -> None:
    run("budget", "check")
    (home / "budgets.toml").write_text(BUDGET.replace("80%", "90%"))
    run("budget", "check")
    (home / "budgets.toml").write_text(BUDGET)
    answer = run("budget", "explain", "all")
    assert "closed, as budgets.toml has it no more" in answer.out


@pytest.mark.usefixtures("home")
def test_every_view_shows_the_budget(run: Run) -> None:
    shown = [
        run("budget", *words).out
        for words in (
            ["list"],
            ["status"],
            ["status", "--format", "json"],
            ["status", "--format", "markdown"],
            ["explain", "all"],
            ["backtest", "--from", "2026-01-01", "--to", "2026-01-10"],
        )
    ]
    assert all("all" in text for text in shown)
    assert '"spent_usd": "9.1"' in shown[2]


@pytest.mark.usefixtures("home")
def test_lists_for_programs_have_exact_amounts_and_instants(run: Run) -> None:
    run("budget", "check")
    [budget] = json.loads(run("budget", "list", "--format", "json").out)
    [alert] = json.loads(run("budget", "history", "--format", "json").out)
    assert (budget["limit_usd"], budget["thresholds"]) == ("10", ["actual:80pct"])
    assert (alert["budget"], alert["threshold"], alert["closed_at"]) == (
        "all",
        "actual:80pct",
        None,
    )
    assert [one["state"] for one in alert["deliveries"]] == ["delivered"]
    assert datetime.fromisoformat(alert["opened_at"]).tzinfo is not None


def test_messages_that_fail_alike_are_one_line(run: Run, home: Path) -> None:
    text = "".join(BUDGET.replace("all", f"b{number}") for number in range(5))
    channel = '[[channel]]\nname = "ops"\ntype = "slack"\nurl_variable = "UNSET_URL"\n'
    (home / "budgets.toml").write_text(text + channel)
    talk = run("budget", "check").talk
    assert talk.count("\n") == 1
    assert "and 4 more to ops" in talk


def test_finding_stands_in_few_words_where_there_is_little_room(run: Run, home: Path) -> None:
    old = [(datetime.now(UTC) - timedelta(days=day), "3") for day in range(1, 40)]
    new = [(datetime.now(UTC), "30")]
    costing = Costing(Settings(home=home))
    costing.ingest([write_spend(home / "old.jsonl", old, first=10)])
    costing.ingest([write_spend(home / "new.jsonl", new, first=100, model="acme/voice")])
    text = BUDGET.replace('"year"', '"day"').replace("= 10\n", "= 9000\n") + "anomalies = true\n"
    (home / "budgets.toml").write_text(text)
    found = "above usual from "
    assert found in run("budget", "status").out
    assert found in run("budget", "check", "--nagios").out
    assert "above what is usual; most by " in run("budget", "explain", "all").out


def test_empty_file_says_so(run: Run, home: Path) -> None:
    (home / "budgets.toml").write_text("")
    answer = run("budget", "list")
    assert (answer.code, answer.out) == (0, "")
    assert "no [[budget]]" in answer.talk


def test_full_disk_loses_no_alert(run: Run, home: Path, environment: dict[str, str]) -> None:
    run("budget", "check", "--dry-run")
    words = [sys.executable, "-m", "costing", "budget", "check"]
    cramped = ["bash", "-c", 'ulimit -f 4; exec "$@"', "bash", *words]
    # Where nothing can be written, coverage's own file is no matter of ours.
    uncovered = {name: text for name, text in environment.items() if "COVERAGE" not in name}
    failed = subprocess.run(cramped, env=uncovered, cwd=home, capture_output=True, check=False)
    assert failed.returncode == ExitCode.DATA, failed.stderr
    assert failed.stdout == b""
    assert b"Traceback" not in failed.stderr
    told = run("budget", "check")
    assert (told.code, told.out.count("warning: ")) == (0, 1)
    assert run("budget", "check").out == ""
