"""The docs say what the program does: all of it, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import reference

from tests.project.source_tree import ROOT, name_of, package_files, project_files

# `costing report monthly --month 2026-10` in a code span, a code block or a message.
QUOTED_COMMAND = re.compile(r"`costing( [a-z-][^`]*)`")
TYPED_COMMAND = re.compile(r"^(?:\$ )?costing( [a-z-].*)$", re.MULTILINE)
OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


@pytest.mark.parametrize("kind", reference.NAMES)
def test_everything_stands_in_the_docs(kind: str) -> None:
    text = _docs_text()

    missing = [name for name in reference.names(kind) if f"`{name}`" not in text]

    assert missing == [], "write it where it belongs in docs/, or run `make docs`"


@pytest.mark.parametrize("page", reference.pages(), ids=name_of)
def test_page_is_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert reference.render_page(text) == text, "run `make docs`"


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/adr"
    listed = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))

    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs"])
def test_documents_name_only_commands_that_exist(document: str) -> None:
    unknown = [
        f"{name_of(path)}: costing{line}"
        for path in _documents()
        if name_of(path).startswith(document)
        for line in _commands_in(path.read_text(encoding="utf-8"))
        if not _is_known(line)
    ]

    assert unknown == []


def test_messages_name_only_commands_that_exist() -> None:
    unknown = [
        f"{name_of(path)}: costing{line}"
        for path in package_files(".py")
        for line in QUOTED_COMMAND.findall(path.read_text(encoding="utf-8"))
        if not _is_known(line)
    ]

    assert unknown == []


def test_links_lead_somewhere() -> None:
    broken = [
        f"{name_of(path)}: {target}"
        for path in _documents()
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_readme_begins_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "make demo" in readme
    assert "make test" in readme


@cache
def _docs_text() -> str:
    pages = (path for path in _documents() if name_of(path).startswith("docs/"))
    return "\n".join(path.read_text(encoding="utf-8") for path in pages)


def _documents() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".md"]


def _commands_in(text: str) -> Iterator[str]:
    yield from QUOTED_COMMAND.findall(text)
    yield from TYPED_COMMAND.findall(text)


def _is_known(line: str) -> bool:
    """Whether the words lead to a command and its options are taken on the way or below it."""
    by_path = {entry.path: entry for entry in reference.entries()}
    path: tuple[str, ...] = ()
    for word in line.split():
        if (*path, word) not in by_path:
            break
        path = (*path, word)
    near = [by_path[path[:length]] for length in range(max(1, len(path)))]
    near += [entry for entry in reference.entries() if path and entry.path[: len(path)] == path]
    taken = {name for entry in near for option in entry.options for name in option.opts}
    is_root_option = line.lstrip().startswith("-")
    return (path != () or is_root_option) and set(OPTION.findall(line)) <= taken | {"--help"}
