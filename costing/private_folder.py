"""Folders that only this user may enter: what a data directory holds is nobody else's business."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder, and those above it, unless it is there; one that is there stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
