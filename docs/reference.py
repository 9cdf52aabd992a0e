"""Writes the tables in docs/ from the application itself: `make docs`.

Rule of this file: what a table lists is read from where it is defined, so that no name is kept
twice. A page holds its table between `<!-- made by `make docs`: NAME -->` and `<!-- end -->`;
all around it is written by hand and left alone. A test fails when a page is out of date.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

DOCS: Final = Path(__file__).resolve().parent
PACKAGES: Final = ("costing", "pricing", "reports")
_BLOCK = re.compile(
    r"(?P<head><!-- made by `make docs`: (?P<name>[a-z ]+) -->\n).*?(?P<tail><!-- end -->)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of the application: its words after `costing`, and what it takes."""

    path: tuple[str, ...]
    command: TyperCommand | TyperGroup
    context: typer.Context

    @property
    def name(self) -> str:
        """The command as a person types it."""
        return " ".join(("costing", *self.path))

    @property
    def options(self) -> list[TyperOption]:
        """What is given by name; hidden options and `--help`, which all take, left out."""
        return [
            item
            for item in self.command.params
            if isinstance(item, TyperOption) and not item.hidden
        ]

    @property
    def arguments(self) -> list[TyperArgument]:
        """What is given by place."""
        return [item for item in self.command.params if isinstance(item, TyperArgument)]


def main() -> None:
    """Write every page that is out of date, and say which."""
    for path in pages():
        text = path.read_text(encoding="utf-8")
        renewed = render_page(text)
        if renewed != text:
            path.write_text(renewed, encoding="utf-8")
            print(f"wrote docs/{path.name}")


def pages() -> list[Path]:
    """The pages that hold at least one table of ours."""
    return [path for path in sorted(DOCS.glob("*.md")) if _BLOCK.search(path.read_text("utf-8"))]


def render_page(text: str) -> str:
    """The page with its tables made anew."""

    def renew(block: re.Match[str]) -> str:
        return f"{block['head']}\n{SECTIONS[block['name']]().strip()}\n\n{block['tail']}"

    return _BLOCK.sub(renew, text)


@cache
def entries() -> tuple[Entry, ...]:
    """Every command, groups included, in the order of the help."""
    from costing.cli.application import build_application

    root = get_command(build_application())
    if not isinstance(root, TyperGroup):
        raise TypeError("the application has one command only")
    return tuple(_walk((), root, typer.Context(root, info_name="costing")))


def _walk(
    path: tuple[str, ...], command: TyperCommand | TyperGroup, context: typer.Context
) -> Iterator[Entry]:
    yield Entry(path, command, context)
    if not isinstance(command, TyperGroup):
        return
    for name in command.list_commands(context):
        part = command.get_command(context, name)
        if isinstance(part, TyperCommand | TyperGroup) and not part.hidden:
            yield from _walk(
                (*path, name), part, typer.Context(part, info_name=name, parent=context)
            )


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the three packages, imported."""
    names = [
        found.name
        for package in PACKAGES
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        if not found.name.endswith("__main__")
    ]
    return tuple(importlib.import_module(name) for name in (*PACKAGES, *sorted(names)))


def error_classes() -> list[type[Exception]]:
    """Every public error class of the three packages, by package and name."""
    found = {
        value
        for module in modules()
        for name, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, Exception)
        and value.__module__.partition(".")[0] in PACKAGES
        and not name.startswith("_")
    }
    return sorted(found, key=lambda kind: (kind.__module__.partition(".")[0], kind.__name__))


def names(kind: str) -> list[str]:
    """All that a reader may look up, of one kind of thing (a key of `NAMES`)."""
    return NAMES[kind]()


def _command_names() -> list[str]:
    return [entry.name for entry in entries()]


def _option_names() -> list[str]:
    return sorted({name for entry in entries() for item in entry.options for name in item.opts})


def _report_names() -> list[str]:
    from reports.query import query_names

    return list(query_names())


def _setting_names() -> list[str]:
    from costing.settings import setting_table

    return [name for setting in setting_table() for name in (setting.name, setting.variable)]


def _unit_names() -> list[str]:
    from pricing.unit import units

    return list(units())


def _error_names() -> list[str]:
    return [kind.__name__ for kind in error_classes()]


def _exit_code_names() -> list[str]:
    from costing.errors import ExitCode

    return [str(code.value) for code in ExitCode]


NAMES: Final[Mapping[str, Callable[[], list[str]]]] = {
    "commands": _command_names,
    "options": _option_names,
    "reports": _report_names,
    "settings": _setting_names,
    "units": _unit_names,
    "errors": _error_names,
    "exit codes": _exit_code_names,
}


def _commands() -> str:
    return "\n\n".join(_command(entry) for entry in entries())


def _command(entry: Entry) -> str:
    usage = " ".join([entry.name, *entry.command.collect_usage_pieces(entry.context)])
    examples = inspect.cleandoc(entry.command.epilog or "")
    parts = [f"## `{entry.name}`", _paragraphs(entry.command.help), f"```\n{usage}\n```"]
    if examples:
        parts.append(f"```\n{examples}\n```")
    if entry.arguments:
        rows = [
            (f"`{item.make_metavar(entry.context)}`", item.help or "") for item in entry.arguments
        ]
        parts.append(_table(("argument", "meaning"), rows))
    options = [(_spellings(item), item.help or "", _default(item)) for item in entry.options]
    parts.append(_table(("option", "meaning", "default"), options))
    return "\n\n".join(part for part in parts if part)


def _spellings(option: TyperOption) -> str:
    return ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def _default(option: TyperOption) -> str:
    """The default as help shows it; a value that a function finds is not known here."""
    value = option.default
    if value is None or value is False or callable(value) or value in ((), []):
        return ""
    return f"`{getattr(value, 'value', value)}`"


def _reports() -> str:
    from costing.request import OPTIONS_OF
    from reports.query import document, list_queries

    given_as = {
        name: [option.rstrip("_") for option in options] for name, options in OPTIONS_OF.items()
    }
    return "\n".join(document(query, given_as) for query in list_queries())


def _settings() -> str:
    from costing.settings import setting_table

    rows = [
        (f"`{row.name}`", f"`{row.variable}`", row.default, row.meaning) for row in setting_table()
    ]
    return _table(("setting", "variable", "default", "meaning"), rows)


def _units() -> str:
    from pricing.unit import units

    rows = [
        (f"`{unit.unit}`", unit.name, ", ".join(f"`{metric}`" for metric in unit.metrics))
        for unit in units().values()
    ]
    return _table(("unit", "name", "metrics that count it"), rows)


def _exit_codes() -> str:
    from costing.errors import ExitCode

    rows = [(f"`{code.value}`", code.meaning) for code in ExitCode]
    return _table(("code", "meaning"), rows)


def _errors() -> str:
    rows = [
        (f"`{kind.__name__}`", f"`{kind.__module__}`", _parent(kind), _first_sentence(kind))
        for kind in error_classes()
    ]
    return _table(("error", "module", "is a", "meaning"), rows)


def _parent(kind: type[Exception]) -> str:
    parent = kind.__bases__[0]
    return f"`{parent.__name__}`" if parent.__module__.partition(".")[0] in PACKAGES else ""


def _first_sentence(kind: type[Exception]) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")


def _paragraphs(text: str | None) -> str:
    """Help text as Markdown; a backspace, which keeps a paragraph's lines, begins a block."""
    parts = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(
        f"```\n{part.removeprefix(chr(8)).strip(chr(10))}\n```" if part.startswith("\b") else part
        for part in parts
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; nothing without rows."""
    cells = [tuple(_cell(text) for text in row) for row in rows]
    lines = [head, tuple("---" for _ in head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) if cells else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


SECTIONS: Final[Mapping[str, Callable[[], str]]] = {
    "commands": _commands,
    "errors": _errors,
    "exit codes": _exit_codes,
    "reports": _reports,
    "settings": _settings,
    "units": _units,
}

if __name__ == "__main__":
    main()
