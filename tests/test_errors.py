"""Errors in the one shape, from whichever package, each with its exit code."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from costing import errors
from costing.errors import CostingError, ExitCode, exit_code_of
from costing.failure import failure_of, usage_failure
from pricing.error import BookFileRefused, MalformedFile, UnknownSku
from pricing.finding import Finding, Severity
from reports.errors import UnknownReport


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.CostingError, ExitCode.FAILED),
        (errors.NotFound, ExitCode.FAILED),
        (errors.UsageError, ExitCode.USAGE),
        (errors.MissingExtra, ExitCode.USAGE),
        (errors.UnknownSetting, ExitCode.USAGE),
        (errors.BadSetting, ExitCode.USAGE),
        (errors.SettingsUnreadable, ExitCode.USAGE),
        (errors.DataError, ExitCode.DATA),
        (errors.HomeUnusable, ExitCode.DATA),
        (errors.AuthenticationError, ExitCode.AUTHENTICATION),
        (errors.Locked, ExitCode.LOCKED),
        (errors.LedgerLocked, ExitCode.LOCKED),
    ],
)
def test_error_class_decides_the_exit_code(kind: type[CostingError], code: ExitCode) -> None:
    assert exit_code_of(kind) is code


def test_error_of_a_part_inherits_the_code_of_its_branch() -> None:
    class LedgerMoved(errors.DataError):
        pass

    assert exit_code_of(LedgerMoved) is ExitCode.DATA


def test_failure_prints_what_where_why_and_what_to_do() -> None:
    error = CostingError(
        'no rate for hardware "gpu-x" in book replicate',
        where=errors.place(Path("predictions.jsonl"), 14),
        notes=["3 predictions, 41.2 s are unrated"],
        help="run `costing prices list`, or map it in hardware.toml",
    )

    assert str(failure_of(error)).splitlines() == [
        'error: no rate for hardware "gpu-x" in book replicate',
        "  --> predictions.jsonl, line 14",
        "  = 3 predictions, 41.2 s are unrated",
        "  help: run `costing prices list`, or map it in hardware.toml",
    ]


def test_failure_leaves_out_what_is_not_known() -> None:
    assert str(failure_of(CostingError("it failed"))) == "error: it failed"


def test_failure_never_holds_what_a_terminal_obeys() -> None:
    evil = "a\x1b[31m\nb\x9b\udcff"
    error = CostingError(evil, where=evil, notes=[evil], help=evil)

    lines = str(failure_of(error)).split("\n")

    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)


def test_failure_of_pricing_keeps_its_advice_apart() -> None:
    failure = failure_of(UnknownSku("gpu-t5", ["gpu-t4"], ["cpu", "gpu-t4"]))

    assert failure.what == "unknown hardware 'gpu-t5'"
    assert "gpu-t4" in failure.help
    assert failure.exit_code is ExitCode.USAGE


def test_failure_of_a_malformed_file_names_the_place() -> None:
    failure = failure_of(MalformedFile("a.toml", "line 3", "no TOML", "mend it"))

    assert (failure.what, failure.where, failure.help) == ("no TOML", "a.toml, line 3", "mend it")


def test_failure_of_refused_prices_lists_every_finding() -> None:
    finding = Finding(Severity.ERROR, "a.toml", "line 3", "no source", "name it")

    failure = failure_of(BookFileRefused([finding, finding]))

    assert failure.what == "price book refused: 2 findings"
    assert failure.notes == (str(finding),) * 2


def test_failure_of_reports_keeps_the_near_match() -> None:
    failure = failure_of(UnknownReport("montly", ["monthly"]))

    assert 'did you mean "monthly"?' in failure.help
    assert failure.exit_code is ExitCode.USAGE


def test_failure_of_the_system_names_the_file() -> None:
    failure = failure_of(OSError(errno.ENOSPC, "No space left on device", "ledger.duckdb"))

    assert (failure.what, failure.where) == ("no space left on device", "ledger.duckdb")
    assert failure.help.startswith("make room")
    assert failure.exit_code is ExitCode.DATA


@pytest.mark.parametrize("number", [*errno.errorcode, 0])
def test_failure_of_the_system_names_a_next_step(number: int) -> None:
    assert failure_of(OSError(number, os.strerror(number), "ledger.duckdb")).help


@pytest.mark.parametrize("error", [ValueError("a\nb"), ValueError(), KeyError("x")], ids=repr)
def test_failure_of_a_fault_says_that_it_is_one(error: Exception) -> None:
    failure = failure_of(error)

    assert failure.what.startswith(f"unexpected {type(error).__name__}: ")
    assert "\n" not in failure.what
    assert "--debug" in failure.help
    assert failure.exit_code is ExitCode.FAILED


def test_failure_of_usage_names_the_command() -> None:
    failure = usage_failure("Missing argument 'ID'.", "costing explain")

    assert failure.what == "missing argument 'ID'"
    assert failure.help == "run `costing explain --help`"


def test_every_exit_code_has_a_meaning() -> None:
    assert all(code.meaning for code in ExitCode)
