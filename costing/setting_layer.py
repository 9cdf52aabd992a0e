"""Where values of settings are found: a reader for each kind of place, ranked by the settings.

Rule of this file: a value is found here with its source, and not yet read: what it must be, the
table of settings says.

XDG folders: https://specifications.freedesktop.org/basedir-spec/latest/
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from costing.errors import BadSetting, SettingsUnreadable, UnknownSetting, place

if TYPE_CHECKING:
    from costing.settings import Setting

    Rows = Mapping[str, Setting]

PROJECT_FILE: Final = "costing.toml"
USER_FILE: Final = "costing/settings.toml"
VARIABLE_PREFIX: Final = "COSTING_"
CONFIG_VARIABLE: Final = "COSTING_CONFIG"


class Origin(Enum):
    """Which kind of place a value came from, strongest first."""

    FLAG = "flag"
    VARIABLE = "environment"
    PROJECT = "project file"
    USER = "user file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """Where one value came from: the kind of place, and the flag, variable or file and line."""

    origin: Origin = Origin.DEFAULT
    where: str = ""

    def __str__(self) -> str:
        """The source as `config show` writes it."""
        return f"{self.origin.value} {self.where}".rstrip()


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as it was found, with its source and the folder that relative paths start at."""

    value: object
    source: Source
    folder: Path | None = None


def read_layers(
    rows: Rows,
    flags: Mapping[str, object],
    config: Path | None,
    environment: Mapping[str, str],
    folder: Path,
) -> list[dict[str, Raw]]:
    """What each place says, strongest first, by the name of the setting.

    Args:
        rows: the table of settings by name.
        flags: values of the command line; None means not given.
        config: the project file that `--config` names.
        environment: variables.
        folder: the working folder.

    Raises:
        SettingsError: a file cannot be read, or a name is unknown.
    """
    return [
        _flag_layer(flags),
        _variable_layer(rows, environment),
        _project_layer(rows, config, environment, folder),
        _user_layer(rows, environment),
    ]


def data_folder(environment: Mapping[str, str]) -> Path:
    """The default data directory: `costing` in the XDG data folder."""
    return _xdg(environment, "XDG_DATA_HOME", ".local/share") / "costing"


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The default folder of what can be made again: `costing` in the XDG cache folder."""
    return _xdg(environment, "XDG_CACHE_HOME", ".cache") / "costing"


def user_file(environment: Mapping[str, str]) -> Path:
    """The settings file of the user, whether it exists or not."""
    return _xdg(environment, "XDG_CONFIG_HOME", ".config") / USER_FILE


def _flag_layer(flags: Mapping[str, object]) -> dict[str, Raw]:
    given = {name: value for name, value in flags.items() if value is not None}
    return {
        name: Raw(value, Source(Origin.FLAG, f"--{name.replace('_', '-')}"))
        for name, value in given.items()
    }


def _variable_layer(rows: Rows, environment: Mapping[str, str]) -> dict[str, Raw]:
    """The settings among the variables; an empty variable counts as unset."""
    by_variable = {row.variable: row.name for row in rows.values()}
    for variable in environment:
        is_ours = variable.startswith(VARIABLE_PREFIX) and variable != CONFIG_VARIABLE
        if is_ours and variable not in by_variable:
            raise _unknown(variable, "environment", [*by_variable, CONFIG_VARIABLE])
    return {
        name: Raw(environment[variable], Source(Origin.VARIABLE, variable))
        for variable, name in by_variable.items()
        if environment.get(variable)
    }


def _project_layer(
    rows: Rows, config: Path | None, environment: Mapping[str, str], folder: Path
) -> dict[str, Raw]:
    """The project file: the named one, which must exist, or `./costing.toml` if it exists."""
    named = config or environment.get(CONFIG_VARIABLE)
    if named:
        return dict(_file_layer(rows, folder / Path(named).expanduser(), Origin.PROJECT))
    path = folder / PROJECT_FILE
    return dict(_file_layer(rows, path, Origin.PROJECT)) if path.is_file() else {}


def _user_layer(rows: Rows, environment: Mapping[str, str]) -> dict[str, Raw]:
    path = user_file(environment)
    return dict(_file_layer(rows, path, Origin.USER)) if path.is_file() else {}


def _file_layer(rows: Rows, path: Path, origin: Origin) -> Iterator[tuple[str, Raw]]:
    """The settings in one TOML file, each with its line."""
    text = _read_file(path)
    for name, value in _parse_toml(path, text).items():
        where = place(path, _line_of(name, text))
        if name not in rows:
            raise _unknown(name, where, list(rows))
        if rows[name].is_secret:
            reason = f"a secret does not belong in a file; set {rows[name].variable} instead"
            raise BadSetting(name, "(not shown)", where, reason)
        yield name, Raw(value, Source(origin, where), path.parent)


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsUnreadable(path, None, "it is not UTF-8 text") from error
    except OSError as error:
        raise SettingsUnreadable(path, None, error.strerror or str(error)) from error


def _parse_toml(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(error))
        line = int(match[1]) if match and match[1] else text.count("\n") + 1
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise SettingsUnreadable(path, line, reason[:1].lower() + reason[1:]) from error


def _line_of(name: str, text: str) -> int | None:
    """The line where a top-level key or table stands; None if it is written in another way."""
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if pattern.match(line)), None)


def _unknown(name: str, where: str, known: list[str]) -> UnknownSetting:
    from difflib import get_close_matches

    return UnknownSetting(name, where, get_close_matches(name, known, n=1))


def _xdg(environment: Mapping[str, str], variable: str, default: str) -> Path:
    """An XDG folder; relative values are to be ignored, says the specification."""
    named = Path(environment.get(variable, ""))
    return named if named.is_absolute() else Path.home() / default
