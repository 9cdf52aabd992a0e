"""From the raw value of a setting to its typed value.

Rule of this file: a reader takes what a flag, a variable (both text) or a TOML file (any TOML
value) holds, and returns the typed value or raises `ValueError` with the reason in words that
follow "cannot be X: ". Readers touch neither files nor the environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Reader = Callable[[object, Path], object]
"""Reads a raw value; the folder is the one of the file that names it, for relative paths."""

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_SIZE_FACTORS = {"": 1, "B": 1}
_SIZE_FACTORS |= {f"{letter}B": 1000**i for i, letter in enumerate("KMGT", start=1)}
_SIZE_FACTORS |= {f"{letter}IB": 1024**i for i, letter in enumerate("KMGT", start=1)}


class Secret:
    """A text that never shows itself, in settings, logs or tracebacks."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret text itself."""
        return self._text

    def __repr__(self) -> str:
        return "(set, not shown)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def read_text(raw: object, folder: Path) -> str:  # noqa: ARG001 - a reader
    """Text that is not empty."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("it must be text")
    try:
        raw.encode()
    except UnicodeEncodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    return raw


def read_secret(raw: object, folder: Path) -> Secret:
    """Text that is never shown."""
    return Secret(read_text(raw, folder))


def read_path(raw: object, folder: Path) -> Path:
    """A path: `~` is the user's home, a relative one starts at the folder of its file."""
    return folder / Path(read_text(raw, folder)).expanduser()


def read_zone(raw: object, folder: Path) -> str:
    """The name of a time zone that this machine knows.

    >>> read_zone("Europe/Berlin", Path())
    'Europe/Berlin'
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = read_text(raw, folder)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such time zone; name one like Europe/Berlin or UTC") from error
    return name


def read_switch(raw: object, folder: Path) -> bool:  # noqa: ARG001 - a reader
    """Yes or no.

    >>> read_switch("off", Path())
    False
    """
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError("it must be true or false")
    return word in _TRUE


def read_size(raw: object, folder: Path) -> str:
    """A number of bytes with its unit, kept as text since DuckDB takes it so."""
    text = read_text(raw, folder)
    _bytes_in(text)
    return text


def read_bytes(raw: object, folder: Path) -> int:  # noqa: ARG001 - a reader
    """A number of bytes, plain or with a unit.

    >>> read_bytes("16 MiB", Path())
    16777216
    """
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        raise ValueError('it must be a number of bytes such as 16777216 or "16 MiB"')
    return _bytes_in(raw)


def read_number(raw: object, what: str = "a number") -> float:
    """A number, or its text; whoever asks sees to its bounds, which no NaN is within.

    Args:
        what: it is called so where it is none.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError(f"it must be {what}")
    try:
        return float(raw)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"it must be {what}") from error


def read_seconds(raw: object, folder: Path) -> float:  # noqa: ARG001 - a reader
    """A duration in seconds, zero or more."""
    seconds = read_number(raw, "a number of seconds")
    if not 0 <= seconds < float("inf"):
        raise ValueError("it must be zero or more seconds")
    return seconds


def read_url(raw: object, folder: Path) -> str:
    """An https address, without a slash at its end; http only to this machine itself.

    What is sent there carries a token, so there is no way to send it unsealed over a network.

    >>> read_url("https://api.replicate.com/v1/", Path())
    'https://api.replicate.com/v1'
    """
    from urllib.parse import urlsplit

    text = read_text(raw, folder).strip()
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ValueError("it must be an address such as https://api.replicate.com/v1") from error
    if not has_port or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ValueError("it must be an address such as https://api.replicate.com/v1")
    if parts.query or parts.fragment or "@" in parts.netloc or re.search(r"[\s\\]", text):
        raise ValueError("it must be an address with neither user, query nor fragment")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("http is for this machine itself (127.0.0.1); use https")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _bytes_in(text: str) -> int:
    """The number of bytes that `text` names; at least one."""
    match = re.fullmatch(r"(\d{1,15})\s*([a-zA-Z]*)", text.strip())
    factor = _SIZE_FACTORS.get(match[2].upper()) if match else None
    if match is None or factor is None or int(match[1]) == 0:
        raise ValueError('it must be a size such as "400MB" or "16 MiB"')
    return int(match[1]) * factor


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value that a setting may have: its name for people, and its reader."""

    name: str
    read: Reader


TEXT = Kind("text", read_text)
SECRET = Kind("secret", read_secret)
PATH = Kind("path", read_path)
ZONE = Kind("time zone", read_zone)
SWITCH = Kind("true or false", read_switch)
SIZE_TEXT = Kind("size", read_size)
SIZE_BYTES = Kind("size", read_bytes)
SECONDS = Kind("seconds", read_seconds)
URL = Kind("address", read_url)
