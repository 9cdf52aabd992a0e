"""Folders for what a process spools and spills, one a process, swept when their process is gone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp


def make_spill_folder(home: Path) -> Path:
    """A fresh folder below `home/spill`; those that dead processes left are removed first."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)  # What it holds is nobody else's business.
    parent = home / "spill"
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.iterdir():
        if not _is_alive(left.name.split("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    return Path(mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


def _is_alive(pid: str) -> bool:
    """Whether a process of this id exists; a name that is no id belongs to nobody."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    return True
