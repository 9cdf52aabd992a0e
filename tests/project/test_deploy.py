"""deploy/: what can be told of units, crontab, image and compose file without running them."""

from __future__ import annotations

import importlib
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, cast
from zipfile import ZipFile

import pytest
import reference

from costing.settings import setting_table
from tests.project.source_tree import PACKAGES, ROOT, name_of, project_files

DEPLOY = ROOT / "deploy"
PROGRAM = "/opt/costing/bin/costing"
ANALYZE = shutil.which("systemd-analyze")
VARIABLES = {row.variable for row in setting_table()}
SERVICES = sorted(DEPLOY.glob("systemd/*.service"))
TIMERS = sorted(DEPLOY.glob("systemd/*.timer"))
CRON_JOB = re.compile(r"(?:[\d*/,-]+\s+){5}(?P<user>[a-z]+)\s+(?P<command>.+)")
INSTRUCTIONS = {
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "RUN",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
}
PROTECTED = {
    "CapabilityBoundingSet": "",
    "NoNewPrivileges": "yes",
    "PrivateTmp": "yes",
    "ProtectHome": "yes",
    "ProtectSystem": "strict",
    "StateDirectory": "costing",
    "User": "costing",
}


def unit_of(path: Path) -> dict[str, dict[str, list[str]]]:
    """The sections of a unit, each setting with all its values in order."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).append(value)
    return sections


def cron_lines() -> list[str]:
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each on a line of its own, with what follows it."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in pairs]


def instruction(word: str) -> str:
    """What follows the last instruction of that word."""
    return [rest for found, rest in instructions() if found == word][-1]


def compose() -> dict[str, Any]:
    """The compose file. It is read by the library for YAML that the locked tools bring along."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", importlib.import_module("yaml").safe_load(text))


def commands() -> dict[str, list[str]]:
    """Every command of ours by where it stands: its words after the program's name."""
    found = {
        path.name: shlex.split(line)
        for path in SERVICES
        for line in unit_of(path)["Service"]["ExecStart"]
    }
    for line in cron_lines():
        if job := CRON_JOB.fullmatch(line):
            found[f"crontab: {line}"] = shlex.split(job["command"].partition(" >")[0])
    program = json.loads(instruction("ENTRYPOINT"))
    found["Dockerfile"] = program + json.loads(instruction("CMD"))
    found["compose.yaml"] = program + compose()["services"]["costing"]["command"]
    return found


def test_every_file_is_documented() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")

    files = [name_of(path) for path in project_files() if DEPLOY in path.parents]

    assert files
    assert [name for name in files if f"](../{name})" not in page] == []


@pytest.mark.parametrize("words", [pytest.param(w, id=n) for n, w in commands().items()])
def test_command_line_is_understood(words: list[str]) -> None:
    program, *rest = words
    by_path = {entry.path: entry for entry in reference.entries()}
    path: tuple[str, ...] = ()
    while rest and (*path, rest[0]) in by_path:
        path = (*path, rest.pop(0))

    entry = by_path[path]
    context = entry.command.make_context(entry.name, rest, parent=entry.context.parent)

    assert Path(program).name == "costing"
    assert path
    assert context.params


@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS], ids=name_of)
@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not here")
def test_unit_is_well_formed(unit: Path, tmp_path: Path) -> None:
    for path in (*SERVICES, *TIMERS):  # A timer is looked at together with its service.
        text = path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")

    answer = subprocess.run(
        [ANALYZE or "", "verify", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=name_of)
def test_service_is_shut_in(unit: Path) -> None:
    settings = unit_of(unit)["Service"]

    assert {name: settings.get(name) for name in PROTECTED} == {
        name: [value] for name, value in PROTECTED.items()
    }


@pytest.mark.parametrize("unit", SERVICES, ids=name_of)
def test_service_reads_the_secrets_that_are_loaded_for_it(unit: Path) -> None:
    settings = unit_of(unit)["Service"]
    variables = dict(value.split("=", 1) for value in settings["Environment"])
    loaded = {f"%d/{value.partition(':')[0]}" for value in settings.get("LoadCredential", [])}

    assert {value for name, value in variables.items() if name.endswith("_FILE")} == loaded
    assert {name for name in variables if name.startswith("COSTING_")} <= VARIABLES


@pytest.mark.parametrize("timer", TIMERS, ids=name_of)
def test_timer_has_its_service(timer: Path) -> None:
    assert timer.with_suffix(".service") in SERVICES


@pytest.mark.parametrize("use", [["sync"], ["budget", "check"]], ids=" ".join)
def test_timers_and_crontab_start_the_same(use: list[str]) -> None:
    started = [unit_of(timer.with_suffix(".service")) for timer in TIMERS]
    by_timer = [shlex.split(unit["Service"]["ExecStart"][0])[1:] for unit in started]
    crontab = (DEPLOY / "crontab").read_text(encoding="utf-8")
    by_cron = [shlex.split(job["command"]) for job in CRON_JOB.finditer(crontab)]

    assert [words for words in by_timer if words[: len(use)] == use]
    assert [words for words in by_cron if words[1 : len(use) + 1] == use]


def test_every_line_of_the_crontab_is_a_variable_or_a_job() -> None:
    jobs = [job for line in cron_lines() if (job := CRON_JOB.fullmatch(line))]
    variables = [line.partition("=")[0] for line in cron_lines() if not CRON_JOB.fullmatch(line)]

    assert {job["user"] for job in jobs} == {"costing"}
    assert {name for name in variables if name.startswith("COSTING_")} <= VARIABLES
    assert [name for name in variables if not name.isidentifier()] == []
    assert [job["command"] for job in jobs if "%" in job["command"]] == []  # It would end the line.


def test_dockerfile_holds_instructions_only() -> None:
    assert {word for word, _ in instructions()} <= INSTRUCTIONS
    assert instructions()[0] == ("FROM", "python:3.11-slim AS build")


def test_image_is_made_from_the_lock_and_runs_as_nobody_of_note() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN"]

    assert [run for run in runs if " download " in run and "--require-hashes" in run]
    assert [
        run for run in runs if " install " in run and "pip" in run and "--no-index" not in run
    ] == []
    assert int(instruction("USER")) > 0
    assert "/healthz" in instruction("HEALTHCHECK")


def test_image_is_made_of_files_that_are_sent_to_the_engine() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        name
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for name in rest.split()[:-1]
    }

    assert copied == sent
    assert [name for name in sorted(sent) if not (ROOT / name).exists()] == []


def test_compose_file_is_wired() -> None:
    file = compose()
    service = file["services"]["costing"]
    build = service["build"]
    context = (DEPLOY / build["context"]).resolve()

    assert (context, context / build["dockerfile"]) == (ROOT, DEPLOY / "Dockerfile")
    assert set(service["secrets"]) == set(file["secrets"])
    assert set(service["environment"].values()) == {
        f"/run/secrets/{name}" for name in file["secrets"]
    }
    assert set(service["environment"]) <= VARIABLES
    assert service["volumes"] == [f"{name}:{instruction('VOLUME')}" for name in file["volumes"]]
    assert service["ports"][0].endswith(f":{instruction('EXPOSE')}")
    assert service["read_only"]


def test_wheel_holds_the_packages_and_nothing_else(tmp_path: Path) -> None:
    # Imported here: it loads half of the build tools.
    from hatchling.builders.wheel import WheelBuilder

    [wheel] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    own = {name_of(path) for path in project_files() if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert names == own
    assert {".sql", ".toml", ".py"} <= {Path(name).suffix for name in names}
