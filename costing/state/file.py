"""Where the state of a data directory lies. Apart from the rest, as every report asks for it."""

from __future__ import annotations

from pathlib import Path

STATE_FILE = "state.sqlite"


def has_state(home: Path) -> bool:
    """Whether anything was ever remembered in this data directory."""
    return (home / STATE_FILE).exists()
