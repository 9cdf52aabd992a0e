"""A fast reader for the plain part of TOML that generated price files are written in.

The standard library's parser takes 50 microseconds a rate, which a command that prices a month
would wait for every time. This one reads lines of `name = "text"`, instants, days, flags and
one-line tables of texts under `[[name]]` headers, several times as fast. Whatever else it meets,
right or wrong, it declines the whole file, which then goes to the standard parser; so it decides
nothing about what is TOML, and a test holds both to the same answer.
"""

from __future__ import annotations

import re
from datetime import date, datetime

_TEXT = r'"(?:[^"\\\x00-\x1f\x7f]|\\["\\])*"'
_PAIR = rf"[\w-]+[ ]*=[ ]*{_TEXT}"
_LINE = re.compile(
    rf"""
    (?P<nothing>(?:\#[^\x00-\x1f\x7f]*)?)
    | \[\[ (?P<header>[\w-]+) \]\]
    | (?P<name>[\w-]+) [ ]*=[ ]* (?:
        (?P<text>{_TEXT})
        | (?P<instant>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)
        | (?P<day>\d{{4}}-\d\d-\d\d)
        | (?P<flag>true|false)
        | (?P<table>\{{ [ ]* {_PAIR} (?:[ ]*,[ ]*{_PAIR})* [ ]* \}})
    )
    """,
    re.ASCII | re.VERBOSE,
)
_ESCAPED = re.compile(r'\\(["\\])')
_PAIRS = re.compile(rf"([\w-]+)[ ]*=[ ]*({_TEXT})", re.ASCII)


def parse_plain_toml(text: str) -> dict[str, object] | None:
    """Read a plain file; None where it holds anything that this reader declines.

    >>> parse_plain_toml('a = "b"')
    {'a': 'b'}
    >>> parse_plain_toml("a = 1") is None
    True
    """
    root: dict[str, object] = {}
    lists: dict[str, list[dict[str, object]]] = {}
    table = root
    try:
        for line in text.replace("\r\n", "\n").split("\n"):
            match = _LINE.fullmatch(line.rstrip(" "))
            if match is None:
                return None
            name, header = match["name"], match["header"]
            if header is not None:
                table = {}
                lists.setdefault(header, []).append(table)
            elif name is not None:
                if name in table:
                    return None
                table[name] = _value(match)
    except ValueError:
        return None
    if root.keys() & lists.keys():
        return None
    return {**root, **lists}


def _value(match: re.Match[str]) -> object:
    """Read a value.

    Raises:
        ValueError: a day that no calendar has, or a name twice in a table.
    """
    kind = match.lastgroup or ""
    written = match[kind]
    match kind:
        case "text":
            return _text(written)
        case "instant":
            return datetime.fromisoformat(written)
        case "day":
            return date.fromisoformat(written)
        case "flag":
            return written == "true"
        case _:
            return _table(written)


def _text(written: str) -> str:
    inner = written[1:-1]
    return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner


def _table(written: str) -> dict[str, str]:
    pairs = _PAIRS.findall(written)
    table = {name: _text(written) for name, written in pairs}
    if len(table) != len(pairs):
        raise ValueError(written)
    return table
