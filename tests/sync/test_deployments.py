"""`costing deployments`: the history for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costing.app import Costing
from costing.cli.run import run


def test_the_history_is_listed(
    costing: Costing, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costing.sync()

    code = run(["--home", str(home), "deployments"])

    head, line = capsys.readouterr().out.splitlines()
    assert code == 0
    assert head.split()[:5] == ["deployment", "release", "model", "version", "hardware"]
    assert line.split()[:5] == ["acme/lighthouse", "1", "acme/model-0", "5c7d5dc6dd8b…", "gpu-t4"]


def test_programs_get_instants_and_whole_versions(
    costing: Costing, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costing.sync()

    run(["--home", str(home), "deployments", "--format", "json"])

    [release] = json.loads(capsys.readouterr().out)
    assert release["from"] == "2026-11-01T00:00:00Z"
    assert release["until"] is None
    assert len(release["version"]) == 64
    assert (release["min_instances"], release["max_instances"]) == (0, 5)


def test_nothing_seen_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--home", str(home), "deployments"])

    told = capsys.readouterr()
    assert (code, told.out) == (0, "")
    assert "costing sync" in told.err
