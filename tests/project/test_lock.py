"""constraints.txt: what a fresh machine installs is what was tested, wherever it comes from."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

import pytest

from tests.project.source_tree import ROOT

LOCKS = ("constraints.txt", "constraints-duckdb2.txt")
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)(?P<rest>.*)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place_to_fetch_from(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_a_hash_for_every_package(lock: str) -> None:
    without = [entry for entry in _entries(lock) if not HASH.search(entry)]

    assert without == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pins_exact_versions(lock: str) -> None:
    loose = [entry for entry in _entries(lock) if not PIN.match(entry)]

    assert loose == []


def test_lock_holds_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *chain.from_iterable(project["project"]["optional-dependencies"].values()),
    ]

    missing = {_name(requirement) for requirement in asked} - set(_versions("constraints.txt"))

    assert missing == set()


def test_lock_has_one_duckdb_of_each_line() -> None:
    assert _versions("constraints.txt")["duckdb"] == "1.5.5"
    assert list(_versions("constraints-duckdb2.txt")) == ["duckdb"]
    assert _versions("constraints-duckdb2.txt")["duckdb"].startswith("2.")


def _entries(lock: str) -> list[str]:
    """One line a package, its hashes included, comments left out."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _versions(lock: str) -> dict[str, str]:
    pins = (PIN.match(entry) for entry in _entries(lock))
    return {_name(pin["name"]): pin["version"] for pin in pins if pin}


def _name(requirement: str) -> str:
    """The package's name as registries compare it: lower case, runs of `-_.` are one `-`."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
