"""What the user set, and where: the one table of settings and the one reader of the environment.

Rule of this file: a setting comes from the first of flag, `COSTING_*` variable, project file
(`./costing.toml`, or the one that `--config` or `COSTING_CONFIG` names), user file
(`costing/settings.toml` in the XDG config folder), default; and it knows from which. A relative
path starts at the folder of the file that names it, or at the working folder. An unknown name
is an error, never ignored. Nothing else in the program reads environment variables. How each of
these places is read is the matter of `costing.setting_layer`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Final

from costing.errors import BadSetting
from costing.setting_layer import (
    VARIABLE_PREFIX,
    Raw,
    Source,
    cache_folder,
    data_folder,
    read_layers,
)
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

TOKEN_VARIABLE: Final = "REPLICATE_API_TOKEN"
DEFAULT_API_URL: Final = "https://api.replicate.com/v1"


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
    cache: Path | None = field(
        default=None,
        metadata=_row(
            PATH,
            "folder of what can be made again: the machine code of the simulator",
            default="costing in the XDG cache folder (~/.cache/costing)",
        ),
    )
    timezone: str = field(default="UTC", metadata=_row(ZONE, "zone of days and months in reports"))
    book: str = field(
        default="replicate", metadata=_row(TEXT, "price book that prices are taken from")
    )
    books: Path | None = field(
        default=None, metadata=_row(PATH, "folder of your own price books, read beside the shipped")
    )
    offers: Path | None = field(
        default=None,
        metadata=_row(
            PATH,
            "folder of your own offers of GPUs, read beside the shipped",
            default="offers in the data directory, if there",
        ),
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
    budgets: Path | None = field(
        default=None,
        metadata=_row(
            PATH,
            "budgets.toml: budgets, and the channels that their alerts go to",
            default="budgets.toml in the data directory, if there",
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
    def budgets_file(self) -> Path:
        """The budgets and channels: those that were set, else `budgets.toml` in the home."""
        return self.budgets or self.home / "budgets.toml"

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

    @property
    def offer_folders(self) -> tuple[Path, ...]:
        """Folders of the user's own offers, for `pricing.simulator.offer.load_offers`.

        Raises:
            BadSetting: `offers` names no folder; without it, prices would quietly be others.
        """
        folder = self.offers or self.home / "offers"
        if self.offers is not None and not folder.is_dir():
            reason = "there is no such folder"
            raise BadSetting("offers", str(folder), str(self.source("offers")), reason)
        return (folder,) if folder.is_dir() else ()

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
    rows = {row.name: row for row in setting_table()}
    layers = read_layers(rows, flags or {}, config, environment, folder)
    values: dict[str, object] = {
        "home": data_folder(environment),
        "cache": cache_folder(environment),
    }
    sources = {}
    for row in rows.values():
        raw = next((layer[row.name] for layer in layers if row.name in layer), None)
        if raw is not None:
            values[row.name] = _read(row, raw, folder)
            sources[row.name] = raw.source
    return Settings(**values, sources=MappingProxyType(sources))  # type: ignore[arg-type]


def process_environment() -> Mapping[str, str]:
    """The variables of the process, in which channels find the secrets that they name."""
    return os.environ


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


def _read(row: Setting, raw: Raw, folder: Path) -> object:
    """The checked value of one setting."""
    try:
        return row.kind.read(raw.value, raw.folder or folder)
    except ValueError as error:
        shown = "(not shown)" if row.is_secret else repr(raw.value)
        raise BadSetting(row.name, shown, str(raw.source), str(error)) from error
