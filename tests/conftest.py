"""What every test may use: golden files, the option that writes them, and laws without a clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

GOLDEN = Path(__file__).parent / "golden"

settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # A machine that is busy breaks no law.
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate-golden",
        action="store_true",
        help="write the golden files anew from what the program gives now",
    )


@pytest.fixture
def check_golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares bytes with a file under tests/golden; `--regenerate-golden` writes it instead."""
    is_written = bool(request.config.getoption("--regenerate-golden"))

    def check(name: str, actual: bytes) -> None:
        path = GOLDEN / name
        if is_written:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(actual)
        assert path.exists(), f"no golden file {name}; write it with --regenerate-golden"
        assert actual == path.read_bytes()

    return check
