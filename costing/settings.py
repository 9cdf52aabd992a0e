"""What the user set, and where: the one table of settings and the one reader of the environment.

Rule of this file: a setting comes from the first of flag, `COSTING_*` variable, project file
(`./costing.toml`, or the one that `--config` or `COSTING_CONFIG` names), user file
(`costing/settings.toml` in the XDG config folder), default; and it knows from which. A relative
path starts at the folder of the file that names it, or at the working folder. An unknown name
is an error, never ignored. Nothing else in the program reads environment variables.

XDG folders: https://specifications.freedesktop.org/basedir-spec/latest/
NO_COLOR: https://no-color.org
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from costing.errors import BadSetting, SettingsUnreadable, UnknownSetting, place
from costing.setting_value import (
    PATH,
    SECONDS,
    SECRET,
    SIZE_BYTES,
    SIZE_TEXT,
    SWITCH,
    TEXT,
    URL,
    ZONE,
    Kind,
    Secret,
)

PROJECT_FILE: Final = "costing.toml"
USER_FILE: Final = "costing/settings.toml"
VARIABLE_PREFIX: Final = "COSTING_"
CONFIG_VARIABLE: Final = "COSTING_CONFIG"
TOKEN_VARIABLE: Final = "REPLICATE_API_TOKEN"
DEFAULT_API_URL: Final = "https://api.replicate.com/v1"


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
class Setting:
    """One row of the table of settings: all but the value."""

    name: str
    kind: Kind
    default: str
    meaning: str
    variable: str

    @property
    def is_secret(self) -> bool:
        """Whether the value must never be shown, nor stand in a file."""
        return self.kind is SECRET


def _row(kind: Kind, meaning: str, *, default: str = "", variable: str = "") -> dict[str, object]:
    """What the table says of a setting beside its name and default, as field metadata."""
    return {"kind": kind, "meaning": meaning, "default": default, "variable": variable}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting. This class is the table: a field's metadata says what it means.

    Paths are absolute once `load_settings` made them.
    """

    home: Path = field(
        metadata=_row(
            PATH,
            "data directory: the ledger and its locks",
            default="costing in the XDG data folder (~/.local/share/costing)",
        )
    )
    timezone: str = field(default="UTC", metadata=_row(ZONE, "zone of days and months in reports"))
    book: str = field(
        default="replicate", metadata=_row(TEXT, "price book that prices are taken from")
    )
    books: Path | None = field(
        default=None, metadata=_row(PATH, "folder of your own price books, read beside the shipped")
    )
    hardware: Path | None = field(
        default=None,
        metadata=_row(
            PATH,
            "hardware.toml: the hardware of your models, versions and deployments",
            default="hardware.toml in the data directory, if there",
        ),
    )
    tags: Path | None = field(
        default=None,
        metadata=_row(
            PATH,
            "tags.toml: tags by model, version and deployment",
            default="tags.toml in the data directory, if there",
        ),
    )
    use_catalogue: bool = field(
        default=True,
        metadata=_row(
            SWITCH,
            "whether hardware of public models may come from the shipped catalogue (an estimate)",
        ),
    )
    input_hash_key_file: Path | None = field(
        default=None,
        metadata=_row(
            PATH,
            "file with the key of the hash that finds repeated inputs; without it none is kept",
        ),
    )
    memory_limit: str = field(
        default="400MB", metadata=_row(SIZE_TEXT, "memory that an ingest may use")
    )
    max_line_bytes: int = field(
        default=16 * 1024**2,
        metadata=_row(
            SIZE_BYTES, "longest line that is read; longer ones are rejected", default="16 MiB"
        ),
    )
    lock_wait_seconds: float | None = field(
        default=None,
        metadata=_row(
            SECONDS,
            "how long to wait for other processes; 0 leaves at once, as --fail-if-locked does",
            default="wait for ever",
        ),
    )
    api_token: Secret | None = field(
        default=None,
        metadata=_row(
            SECRET,
            "Replicate API token; taken from the environment only",
            variable=TOKEN_VARIABLE,
        ),
    )
    api_token_file: Path | None = field(
        default=None,
        metadata=_row(PATH, "file with the Replicate API token, if the variable does not hold it"),
    )
    api_url: str = field(
        default=DEFAULT_API_URL, metadata=_row(URL, "base address of Replicate's interface")
    )
    webhook_secret: Secret | None = field(
        default=None,
        metadata=_row(SECRET, "webhook secrets, spaces between; taken from the environment only"),
    )
    webhook_secret_file: Path | None = field(
        default=None,
        metadata=_row(PATH, "file with webhook secrets, one a line, the old one too at a change"),
    )
    sources: Mapping[str, Source] = field(default_factory=dict, compare=False, repr=False)

    @property
    def hardware_file(self) -> Path:
        """The map of hardware: the one that was set, else `hardware.toml` in the home."""
        return self.hardware or self.home / "hardware.toml"

    @property
    def tags_file(self) -> Path:
        """The rules of tags: those that were set, else `tags.toml` in the home."""
        return self.tags or self.home / "tags.toml"

    @property
    def book_folders(self) -> tuple[Path, ...]:
        """Folders of the user's own price books, for `pricing.book.load_book`.

        Raises:
            BadSetting: `books` names no folder; without it, prices would quietly be others.
        """
        if self.books is None:
            return ()
        if not self.books.is_dir():
            reason = "there is no such folder"
            raise BadSetting("books", str(self.books), str(self.source("books")), reason)
        return (self.books,)

    def source(self, name: str) -> Source:
        """Where the value of the setting `name` came from."""
        return self.sources.get(name, Source())


def setting_table() -> tuple[Setting, ...]:
    """Every setting there is, in the order of the documentation."""
    return tuple(_describe(row) for row in fields(Settings) if row.metadata)


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """The settings in force.

    Args:
        flags: values given on the command line by setting name; None means not given.
        config: the project file that `--config` names.
        environment: variables to read; those of the process by default.
        folder: the working folder; that of the process by default.

    Raises:
        SettingsError: a file cannot be read, a name is unknown, or a value is impossible.
    """
    environment = os.environ if environment is None else environment
    folder = folder or Path.cwd()
    layers = [
        _flag_layer(flags or {}),
        _variable_layer(environment),
        _project_layer(config, environment, folder),
        _user_layer(environment),
    ]
    values: dict[str, object] = {"home": data_folder(environment)}
    sources = {}
    for row in setting_table():
        raw = next((layer[row.name] for layer in layers if row.name in layer), None)
        if raw is not None:
            values[row.name] = _read(row, raw, folder)
            sources[row.name] = raw.source
    return Settings(**values, sources=MappingProxyType(sources))  # type: ignore[arg-type]


def data_folder(environment: Mapping[str, str]) -> Path:
    """The default data directory: `costing` in the XDG data folder."""
    return _xdg(environment, "XDG_DATA_HOME", ".local/share") / "costing"


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """The settings file of the user, whether it exists or not."""
    environment = os.environ if environment is None else environment
    return _xdg(environment, "XDG_CONFIG_HOME", ".config") / USER_FILE


def is_colour_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment allows colour: `NO_COLOR` unset or empty, terminal not dumb."""
    environment = os.environ if environment is None else environment
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


@dataclass(frozen=True, slots=True)
class _Raw:
    """A value as it was found, with its source and the folder that relative paths start at."""

    value: object
    source: Source
    folder: Path | None = None


def _describe(row: Field[object]) -> Setting:
    """The table row of one field of `Settings`."""
    return Setting(
        name=row.name,
        kind=row.metadata["kind"],
        default=row.metadata["default"] or _show_default(row.default),
        meaning=row.metadata["meaning"],
        variable=row.metadata["variable"] or VARIABLE_PREFIX + row.name.upper(),
    )


def _show_default(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _read(row: Setting, raw: _Raw, folder: Path) -> object:
    """The checked value of one setting."""
    try:
        return row.kind.read(raw.value, raw.folder or folder)
    except ValueError as error:
        shown = "(not shown)" if row.is_secret else repr(raw.value)
        raise BadSetting(row.name, shown, str(raw.source), str(error)) from error


def _flag_layer(flags: Mapping[str, object]) -> dict[str, _Raw]:
    given = {name: value for name, value in flags.items() if value is not None}
    return {
        name: _Raw(value, Source(Origin.FLAG, f"--{name.replace('_', '-')}"))
        for name, value in given.items()
    }


def _variable_layer(environment: Mapping[str, str]) -> dict[str, _Raw]:
    """The settings among the variables; an empty variable counts as unset."""
    by_variable = {row.variable: row.name for row in setting_table()}
    for variable in environment:
        is_ours = variable.startswith(VARIABLE_PREFIX) and variable != CONFIG_VARIABLE
        if is_ours and variable not in by_variable:
            raise _unknown(variable, "environment", [*by_variable, CONFIG_VARIABLE])
    return {
        name: _Raw(environment[variable], Source(Origin.VARIABLE, variable))
        for variable, name in by_variable.items()
        if environment.get(variable)
    }


def _project_layer(
    config: Path | None, environment: Mapping[str, str], folder: Path
) -> dict[str, _Raw]:
    """The project file: the named one, which must exist, or `./costing.toml` if it exists."""
    named = config or environment.get(CONFIG_VARIABLE)
    if named:
        return dict(_file_layer(folder / Path(named).expanduser(), Origin.PROJECT))
    path = folder / PROJECT_FILE
    return dict(_file_layer(path, Origin.PROJECT)) if path.is_file() else {}


def _user_layer(environment: Mapping[str, str]) -> dict[str, _Raw]:
    path = user_file(environment)
    return dict(_file_layer(path, Origin.USER)) if path.is_file() else {}


def _file_layer(path: Path, origin: Origin) -> Iterator[tuple[str, _Raw]]:
    """The settings in one TOML file, each with its line."""
    text = _read_file(path)
    rows = {row.name: row for row in setting_table()}
    for name, value in _parse_toml(path, text).items():
        where = place(path, _line_of(name, text))
        if name not in rows:
            raise _unknown(name, where, list(rows))
        if rows[name].is_secret:
            reason = f"a secret does not belong in a file; set {rows[name].variable} instead"
            raise BadSetting(name, "(not shown)", where, reason)
        yield name, _Raw(value, Source(origin, where), path.parent)


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
