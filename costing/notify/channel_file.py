"""The channels of a budgets.toml: `[[channel]]`, one for each.

    [[channel]]
    name = "ops"                        # as budgets name it
    type = "slack"                      # costing.notify.registry lists them
    url_variable = "SLACK_URL"          # or url_file; a secret never stands here itself
    fallback = "mail"                   # optional: who is told what this one refuses
    timeout_seconds = 10                # optional

Rule of this file: what is written is understood or refused with its line, all mistakes at once.
Nothing is read or sent here but the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from costing.notify.channel import Channel
from costing.notify.channel_table import ChannelTable
from costing.notify.error import ChannelFileRefused
from costing.notify.registry import KINDS
from pricing.toml_table import TomlTable, parse_toml

HEADER: Final = "channel"
ALWAYS_THERE: Final = "stdout"
"""A channel that budgets and fallbacks may name without a table of its own."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)


def read_channels(
    content: bytes, path: Path, environment: Mapping[str, str]
) -> Mapping[str, Channel]:
    """The channels of a budgets.toml by name, in the order of the file.

    Args:
        content: the file's bytes; other tables than `[[channel]]` are not looked at.
        path: its name, for errors and as the place where relative paths start.
        environment: the variables of the process, looked at when something is sent.

    Raises:
        ChannelFileRefused: the channels have errors, all of them listed with their lines.
    """
    file, values = parse_toml(content, str(path))
    if values is not None:
        tables = TomlTable(file, values).tables(HEADER)
        read = [_read_channel(ChannelTable(one, path.parent, environment)) for one in tables]
        _refuse_repeats(tables)
        _refuse_unknown_fallbacks(tables)
        if not file.findings:
            return {channel.name: channel for channel in read if channel is not None}
    raise ChannelFileRefused(file.findings)


def _read_channel(table: ChannelTable) -> Channel | None:
    """One channel; None where its type is unknown, which is then a finding."""
    name = table.required_text("name", 'give it a name: name = "ops"')
    table.table.label = f"channel {name!r}" if name else ""
    if name and not _NAME.fullmatch(name):
        advice = "begin with a letter and use at most 64 letters, digits, - and _"
        table.table.report("name", f"{name!r} is no name", advice)
    known = tuple(KINDS)
    if not table.required_text("type", f'write type = "…", one of {", ".join(known)}'):
        return None
    kind = table.choice("type", known, "")
    fallback = table.text("fallback")
    if kind not in KINDS:
        return None
    sender = KINDS[kind](table)
    table.check_names()
    return None if sender is None else Channel(name, kind, sender, fallback or None)


def _refuse_repeats(tables: Sequence[TomlTable]) -> None:
    """Refuse a name that two channels bear, since deliveries are remembered by it."""
    seen: set[object] = set()
    for table in tables:
        name = table.values.get("name")
        if isinstance(name, str) and name in seen:
            table.report("name", "another channel has that name", "choose another one")
        seen.add(name if isinstance(name, str) else None)


def _refuse_unknown_fallbacks(tables: Sequence[TomlTable]) -> None:
    names = [ALWAYS_THERE, *(table.values.get("name") for table in tables)]
    for table in tables:
        fallback = table.values.get("fallback")
        if isinstance(fallback, str) and fallback == table.values.get("name"):
            table.report("fallback", "a channel cannot stand in for itself", "name another one")
        elif isinstance(fallback, str) and fallback not in names:
            table.report("fallback", f"no channel is called {fallback!r}", "add it, or remove this")
