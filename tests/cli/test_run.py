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
    ["serve"],
    ["token"],
    ["token", "create"],
    ["token", "list"],
    ["token", "revoke"],
    ["webhook-url"],
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
        (["ingest", "--tga", "x"], "no such option: --tga (Possible options: --tag", "ingest"),
        (["repotr"], "no such command 'repotr'. Did you mean 'report'", "costing"),
        (["prices", "lst"], "no such command 'lst'. Did you mean 'list'", "costing prices"),
        (["report", "monthly", "--mnth", "x"], "no such option: --mnth (Possible", "monthly"),
        (["--hme", "x"], "no such option: --hme (Possible options: --h", "costing"),
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


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["report", "list"], ["ingest", "-h"]], ids=" ".join
)
def test_reader_that_leaves_early_gets_no_talk(
    environment: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(
        [sys.executable, "-m", "costing", *arguments],
        cwd=tmp_path,
        env=environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("place", ["&-", "/dev/full"])
@pytest.mark.parametrize("arguments", ["--version", "config show"])
def test_answer_that_nobody_can_read_is_an_error(
    environment: dict[str, str], tmp_path: Path, arguments: str, place: str
) -> None:
    done = in_shell(f"{arguments} >{place}", environment, tmp_path)

    assert done.returncode == ExitCode.DATA
    assert done.stderr.startswith("error: ")
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "  help"]


def test_closed_stdin_is_told_to_who_reads_it_and_to_nobody_else(
    environment: dict[str, str], tmp_path: Path
) -> None:
    reader = in_shell("ingest - <&-", environment, tmp_path)
    other = in_shell("config show <&-", environment, tmp_path)

    assert reader.returncode == ExitCode.DATA
    assert reader.stderr.startswith("error: standard input is closed\n")
    assert (other.returncode, other.stderr) == (0, "")


def test_closed_stderr_does_not_end_up_in_the_files_of_the_home(
    environment: dict[str, str], tmp_path: Path
) -> None:
    record = '{"id": "a", "status": "canceled", "created_at": "2026-10-01T10:00:00Z"}'
    (tmp_path / "records.jsonl").write_text(f"{record}\nnot json\n")

    done = in_shell("ingest records.jsonl 2>&- >&- <&-; echo $?", environment, tmp_path)

    assert done.stdout == f"{ExitCode.DATA.value}\n"
    rejected = in_shell("report rejected --format csv", environment, tmp_path)
    assert (rejected.returncode, len(rejected.stdout.splitlines())) == (0, 2)


@pytest.mark.parametrize("command", ["explain", "ingest", "--home"])
def test_argument_that_is_no_text_is_wrong_usage(
    environment: dict[str, str], tmp_path: Path, command: str
) -> None:
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"costing", command.encode(), b"caf\xe9"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("error: an argument is not UTF-8 text: ")
    assert "Traceback" not in done.stderr


def test_variable_that_is_no_text_is_a_wrong_setting(run: Run) -> None:
    answer = run("config", "show", COSTING_HOME=os.fsdecode(b"/tmp/caf\xe9"))

    assert answer.code == ExitCode.USAGE
    assert "it is not UTF-8 text" in answer.talk


def test_control_characters_never_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    evil = "\x1b[31m\nred\x9b.jsonl"
    (tmp_path / evil).write_text("not json\n")

    answers = [
        run("ingest", evil),
        run("ingest", f"missing {evil}"),
        run("report", "rejected"),
        run("config", "show", COSTING_BOOK=evil),
        run("report", COSTING_BOOK=evil),
        run(evil),
    ]

    for answer in answers:
        written = [line for text in (answer.out, answer.talk) for line in text.split("\n")]
        assert all(line.isprintable() for line in written), answer


def test_query_that_is_interrupted_ends_with_130(
    environment: dict[str, str], tmp_path: Path
) -> None:
    program = (
        "import os, signal, sys, threading\n"
        "from costing.ledger import connection\n"
        "import costing.app\n"
        "def ask(self, request):\n"
        "    with connection.connect() as one:\n"
        "        threading.Timer(0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "        one.execute('select count(*) from range(100000000000000)').fetchall()\n"
        "costing.app.Costing.report_table = ask\n"
        "sys.argv = ['costing', 'report']\n"
        "from costing.cli import main; sys.exit(main())\n"
    )

    done = interruptible(program, environment, tmp_path)

    assert (done.returncode, done.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")


@pytest.mark.parametrize("module", ["costing.cli.run", "costing.cli.application", "costing.app"])
def test_import_that_is_interrupted_ends_with_130(
    environment: dict[str, str], tmp_path: Path, module: str
) -> None:
    program = (
        "import importlib.abc, os, signal, sys\n"
        "class Interrupting(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "from costing.cli import main\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "sys.argv = ['costing', 'doctor']\n"
        "sys.exit(main())\n"
    )

    done = interruptible(program, environment, tmp_path)

    assert (done.returncode, done.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")


def interruptible(
    program: str, environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program to which Ctrl-C means what it does at a terminal."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def in_shell(
    words: str, environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run `costing` with words for a shell, which can close streams."""
    return subprocess.run(
        ["sh", "-c", f'"$0" -m costing {words}', sys.executable],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


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


def run_without(
    heavy: set[str], arguments: list[str], environment: dict[str, str], folder: Path
) -> tuple[int, str]:
    """Exit code and complaint of a command; it fails where one of these modules was imported."""
    program = (
        "import sys; sys.argv[0] = 'costing'\n"
        "from costing.cli import main; code = main()\n"
        f"heavy = {heavy} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["config", "show"], ["report", "list"]], ids=" ".join
)
def test_light_command_imports_nothing_heavy(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    heavy = {"polars", "duckdb", "pydantic", "rich", "httpx"}

    assert run_without(heavy, arguments, environment, tmp_path) == (0, "")


def test_report_that_estimates_nothing_loads_nothing_to_estimate_with(
    run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    records = Path(__file__).parents[2] / "examples" / "predictions.jsonl"
    assert run("ingest", str(records)).code == 0
    arguments = ["report", "monthly", "--month", "2024-10"]

    assert run_without({"numpy", "polars", "httpx"}, arguments, environment, tmp_path) == (0, "")
