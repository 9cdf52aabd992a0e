"""How long the command line takes to start, against an empty Python."""

from __future__ import annotations

import shutil

from benchmarks.contest import Bound, Outcome, exceed, limit
from benchmarks.process import (
    BUILD,
    ROOT,
    Measured,
    ProcessFailed,
    costing,
    costing_environment,
    interleave,
    measure,
    python,
)

DEMO_FILE = ROOT / "examples" / "predictions.jsonl"
DEMO_HARDWARE = ROOT / "examples" / "hardware.toml"
DEMO_MONTH = "2024-10"
HOME = BUILD / "home-demo"
ROUNDS = 5
"""Starts are short, so that there are this many times as many of them as of the other rows."""


def compare_start(repeats: int) -> list[Outcome]:
    """The rows on starting: `--version`, and the first report that a new user sees."""
    shutil.rmtree(HOME, ignore_errors=True)
    measure(costing("ingest", DEMO_FILE), _environment())
    if "total" not in _report().output:
        raise ProcessFailed(costing("report"), 0, "the report has no total")
    empty, version, report = interleave((_empty, _version, _report), repeats * ROUNDS)
    return [
        limit(Bound.VERSION, version),
        exceed(Bound.REPORT, report, empty),
    ]


def _empty() -> Measured:
    return measure(python("-c", "pass"), _environment())


def _version() -> Measured:
    return measure(costing("--version"), _environment())


def _report() -> Measured:
    return measure(costing("report", "monthly", "--month", DEMO_MONTH), _environment())


def _environment() -> dict[str, str]:
    """The demo's settings, as the Makefile gives them."""
    return costing_environment(HOME) | {"COSTING_HARDWARE": str(DEMO_HARDWARE)}
