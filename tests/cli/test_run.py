"""The frame around every command: help, version, errors, exit codes, pipes and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from costing import __version__
from costing.errors import ExitCode
from tests.cli.conftest import Run

COMMANDS = [
    ["ingest"],
    ["report"],
    ["report", "list"],
    ["report", "monthly"],
    ["explain"],
    ["prices"],
    ["prices", "list"],
    ["prices", "show"],
    ["prices", "at"],
    ["prices", "diff"],
    ["prices", "lint"],
    ["prices", "add"],
    ["hardware"],
    ["hardware", "missing"],
    ["hardware", "check"],
    ["init"],
    ["doctor"],
    ["config"],
    ["config", "show"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_shows_examples_before_options(run: Run, command: list[str], option: str) -> None:
    answer = run(*command, option)

    assert (answer.code, answer.talk) == (0, "")
    assert answer.out.startswith(f"Usage: costing {' '.join(command)}")
    assert 0 < answer.out.index("  Examples:\n    costing ") < answer.out.index("Options:")


def test_command_line_without_arguments_shows_help_and_the_exit_codes(run: Run) -> None:
    answer = run()

    assert answer.code == 0
    for code in ExitCode:
        assert f"{code.value}  {code.meaning}" in answer.out


@pytest.mark.parametrize("arguments", [["--version"], ["--quiet", "--version"]], ids=" ".join)
def test_version_is_shown(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).out == f"costing {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "what", "where"),
    [
        (["ingets"], "no such command 'ingets'. Did you mean 'ingest'", "costing"),
        (["ingest", "--tga", "x"], "no such option: --tga", "costing ingest"),
        (["ingest"], "no file was named", "costing ingest"),
        (["ingest", "x", "--tag", "team"], 'tag "team" is not written KEY=VALUE', "--tag"),
        (["prices", "at", "gpu-t4"], "missing argument 'INSTANT'", "costing prices at"),
        (["config", "show", "--format", "xml"], "invalid value for '--format'", "config show"),
        (["report", "montly"], 'no report "montly"', ""),
        (["report", "monthly", "--format", "xls"], 'no format "xls"', ""),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_wrong_usage_has_the_one_shape(
    run: Run, arguments: list[str], what: str, where: str
) -> None:
    answer = run(*arguments)

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    lines = answer.talk.splitlines()
    assert lines[0].startswith(f"error: {what}")
    assert not where or (lines[1].startswith("  --> ") and where in lines[1])
    assert lines[-1].startswith("  help: ")
    assert "Traceback" not in answer.talk


def test_wrong_setting_names_file_and_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "costing.toml").write_text('\nbok = "x"\n')

    answer = run("config", "show")

    assert answer.code == ExitCode.USAGE
    assert answer.talk == (
        'error: unknown setting "bok"\n'
        f"  --> {tmp_path / 'costing.toml'}, line 2\n"
        "  help: did you mean `book`? docs/settings.md lists all settings\n"
    )


@pytest.mark.parametrize("place", ["before", "after"])
def test_debug_shows_the_traceback(run: Run, place: str) -> None:
    command = ["--debug", "config", "show"] if place == "before" else ["config", "show", "--debug"]

    answer = run(*command, COSTING_TIMEZONE="Mars/Base")

    assert answer.code == ExitCode.USAGE
    assert "Traceback (most recent call last)" in answer.talk
    assert 'setting "timezone" cannot be' in answer.talk


def test_reader_that_leaves_early_is_no_error(environment: dict[str, str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [sys.executable, "-m", "costing", "config", "show"],
        cwd=tmp_path,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")


def test_interruption_ends_quietly_with_130(environment: dict[str, str], tmp_path: Path) -> None:
    program = (
        "import os, signal, sys, costing.cli.config as config\n"
        "config.write_grid = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['costing', 'config', 'show']\n"
        "from costing.cli import main; sys.exit(main())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )

    assert (done.returncode, done.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["config", "show"], ["report", "list"]], ids=" ".join
)
def test_light_command_imports_nothing_heavy(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    program = (
        "import sys; sys.argv[0] = 'costing'\n"
        "from costing.cli import main; code = main()\n"
        "heavy = {'polars', 'duckdb', 'pydantic', 'ijson', 'rich', 'httpx'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
