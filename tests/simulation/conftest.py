"""An application whose day stands still, and a small question."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from costing.app import Costing
from costing.settings import Settings
from tests.cli.conftest import environment, run

__all__ = ["environment", "run"]

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def costing(tmp_path: Path) -> Costing:
    return Costing(Settings(home=tmp_path / "home"), clock=lambda: TODAY)
