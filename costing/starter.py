"""The settings files that a new user starts from.

Rule of this file: the text of `costing.toml` is made from the table of settings, and a file that
exists is never overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from costing.errors import CostingError
from costing.setting_layer import PROJECT_FILE
from costing.setting_value import PATH, SECONDS, SIZE_BYTES, SWITCH
from costing.settings import Setting, setting_table

HARDWARE_FILE = "hardware.toml"
BUDGETS_FILE = "budgets.toml"
_OWN_FILES = {"hardware": HARDWARE_FILE, "budgets": BUDGETS_FILE}
_UNQUOTED = (SWITCH, SECONDS)
_EXAMPLES = {
    PATH: '"{name}"',
    SECONDS: "30",
    SIZE_BYTES: '"16 MiB"',
}


@dataclass(frozen=True, slots=True)
class StarterFile:
    """One file that `init` was to write, and whether it did or one was there."""

    path: Path
    is_written: bool


def write_starter_files(folder: Path) -> tuple[StarterFile, ...]:
    """Write a commented `costing.toml`, `hardware.toml` and `budgets.toml` where there are none.

    Raises:
        CostingError: the folder cannot be written.
    """
    texts = {
        PROJECT_FILE: settings_text(),
        HARDWARE_FILE: hardware_text(),
        BUDGETS_FILE: budgets_text(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_write(folder / name, text) for name, text in texts.items())
    except OSError as error:
        raise CostingError(
            f"starter files cannot be written: {error.strerror}",
            where=str(folder),
            help="name a folder that you may write: `costing init FOLDER`",
        ) from error


def settings_text() -> str:
    """A `costing.toml` that explains every setting and sets nothing but the files beside it."""
    head = (
        "# Settings of costing for this folder. A flag or a COSTING_* variable wins over this\n"
        "# file; this file wins over your own settings. Relative paths start at this file.\n"
    )
    rows = [row for row in setting_table() if not row.is_secret]
    return "\n".join([head, *map(_setting_text, rows)])


def hardware_text() -> str:
    """An example `hardware.toml`, all of it commented out."""
    return (files("costing") / "starter_hardware.toml").read_text(encoding="utf-8")


def budgets_text() -> str:
    """An example `budgets.toml`, all of it commented out."""
    return (files("costing") / "starter_budgets.toml").read_text(encoding="utf-8")


def _setting_text(row: Setting) -> str:
    """One setting: its meaning, its default, and a line to be uncommented."""
    if row.name in _OWN_FILES:
        line = f'{row.name} = "{_OWN_FILES[row.name]}"'
    else:
        line = f"# {row.name} = {_example(row)}"
    return f"# {row.meaning}\n# default: {row.default}\n{line}\n"


def _example(row: Setting) -> str:
    """A value that could stand there, in TOML."""
    example = _EXAMPLES.get(row.kind)
    if example is not None:
        return example.format(name=row.name.replace("_", "-"))
    return row.default if row.kind in _UNQUOTED else f'"{row.default}"'


def _write(path: Path, text: str) -> StarterFile:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return StarterFile(path, is_written=False)
    return StarterFile(path, is_written=True)
