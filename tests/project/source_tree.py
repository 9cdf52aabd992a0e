"""The files of the project, for the tests that look at the tree itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("costing", "pricing", "reports")
# What is never the project's own, for a tree without git (an unpacked source archive).
_BUILT = {"__pycache__", "build", "dist", "node_modules"}


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that belongs to the project: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return tuple(sorted(_files_below(ROOT)))
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def _files_below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        is_hidden = path.name.startswith(".") and path.name != ".ci"
        if is_hidden or path.name in _BUILT:
            continue
        if path.is_dir():
            yield from _files_below(path)
        else:
            yield path


def package_files(suffix: str) -> list[Path]:
    """The files of the three packages whose name ends in `suffix`."""
    return [
        path
        for path in project_files()
        if path.suffix == suffix and path.relative_to(ROOT).parts[0] in PACKAGES
    ]


def name_of(path: Path) -> str:
    """A path as messages and test ids show it, the same on every machine."""
    return path.relative_to(ROOT).as_posix()
