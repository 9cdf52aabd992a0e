"""Where a process keeps what does not fit into memory, so that no kill leaves it behind.

Rule of this file: what may hold somebody's inputs goes into files without a name (`nameless_file`),
which the system removes with the process, however it ends. All else goes into a folder of the
process's own below `home/spill`; a folder whose owner is gone is removed by whoever makes the next
one. Its owner is known by a lock on the folder, which holds across containers as well, where
numbers of processes say nothing.

Where the system shows no open files below `/proc/self/fd` (macOS), a file must have a name to be
read by DuckDB, and stays there after a kill until the next command makes a folder.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile, gettempdir, mkdtemp
from threading import Lock
from typing import IO

from costing.private_folder import make_private

_OPEN_FILES = Path("/proc/self/fd")

_held: dict[Path, int] = {}
"""Folders of this process, with the descriptor on which each is locked."""

_held_guard = Lock()


def make_spill_folder(home: Path) -> Path:
    """A fresh folder below `home/spill`, for the caller to remove; left ones are removed first."""
    make_private(home)
    parent = home / "spill"
    parent.mkdir(exist_ok=True)
    with _locked(parent):
        _remove_left(parent)
        folder = Path(mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
        _hold(folder)
    return folder


def make_reading_folder(home: Path) -> Path:
    """The same for a reader, who may lack the right to write into `home`.

    Then it stands below a folder of the user's own among the temporary ones, so that what a kill
    leaves there is removed by the next one, too.
    """
    try:
        return make_spill_folder(home)
    except OSError:
        return make_spill_folder(_temporary_home())


def _temporary_home() -> Path:
    """A folder for this user alone among the temporary ones.

    Raises:
        OSError: somebody else has taken its name.
    """
    place = Path(gettempdir()) / f"costing-{os.getuid()}"
    make_private(place)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "belongs to somebody else", str(place))
    return place


@contextmanager
def nameless_file(folder: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """An empty file to write, and the path under which this process can read it meanwhile.

    Raises:
        OSError: it cannot be made, for example because the disk is full.
    """
    if _OPEN_FILES.is_dir():
        with TemporaryFile(dir=folder) as file:
            yield file, _OPEN_FILES / str(file.fileno())
    else:
        with NamedTemporaryFile(dir=folder) as named:
            yield named, Path(named.name)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among those who make and remove folders below this one."""
    descriptor = _open_folder(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _hold(folder: Path) -> None:
    """Own a folder until this process ends; those that it has removed are let go of."""
    owner = _open_folder(folder)
    fcntl.flock(owner, fcntl.LOCK_EX)
    with _held_guard:
        for gone in [one for one in _held if not one.exists()]:
            os.close(_held.pop(gone))
        _held[folder] = owner


def _remove_left(parent: Path) -> None:
    for folder in parent.iterdir():
        if not _has_owner(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _has_owner(folder: Path) -> bool:
    """Whether a living process holds the folder; one that cannot be opened is let alone."""
    try:
        descriptor = _open_folder(folder)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
