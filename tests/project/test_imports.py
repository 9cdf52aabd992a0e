"""What starting the program costs: the light paths import nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.project.source_tree import PACKAGES, ROOT

HEAVY = frozenset(
    {"duckdb", "fastapi", "httpx", "numba", "numpy", "pandas", "polars"}
    | {"pyarrow", "pydantic", "uvicorn", "zstandard"}
)


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_light_command_imports_nothing_heavy(option: str) -> None:
    result = _python("-X", "importtime", "-m", "costing", option)

    assert result.returncode == 0, result.stderr[-2000:]
    assert _imported(result.stderr) & HEAVY == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_nothing_heavy(package: str) -> None:
    result = _python("-X", "importtime", "-c", f"import {package}")

    assert result.returncode == 0, result.stderr[-2000:]
    assert _imported(result.stderr) & HEAVY == set()


def test_import_time_report_is_read() -> None:
    result = _python("-X", "importtime", "-c", "import json.decoder")

    assert "json" in _imported(result.stderr)


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _imported(report: str) -> set[str]:
    """Top-level names from the lines `import time: self | cumulative | module`."""
    lines = (line for line in report.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
