"""tags.toml: tags that records get by what they ran, as Replicate itself has none.

Rule of this file: a tag is the record's own before it is the webhook address's, that before it is
what `costing ingest --tag` gave, and only then what this file says. The first entry that matches
and names the tag counts. Nothing of it is stored: a changed file speaks of the past too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from costing.errors import SettingsUnreadable
from costing.ingest.tag import tag_refusal
from costing.statement import run_statement
from pricing.error import FindingsRefused

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.settings import Settings
    from pricing.toml_table import TomlTable

_FOLDER = "ledger/views"
_HEADER = "tag"
_PATTERNS = ("model", "version", "deployment")
_MATCHES_ALL = "*"


class TagFileRefused(FindingsRefused):
    """A tags.toml with errors in it."""

    kind = "tags.toml"
    check = "costing doctor"


@dataclass(frozen=True, slots=True)
class TagRule:
    """One tag of one entry.

    Attributes:
        position: of the entry in the file, from 1; the first that matches counts.
        model, version, deployment: shell patterns; `*` also matches what a record lacks.
        name: of the tag; `value` is what it is set to.
    """

    position: int
    model: str
    version: str
    deployment: str
    name: str
    value: str


def load_tags(connection: DuckDBPyConnection, rules: Sequence[TagRule]) -> None:
    """Make the macro `tags_of`, by which views read the tags of a record."""
    if not rules:
        run_statement(connection, _FOLDER, "tags_own")
        return
    given = {"rules": json.dumps([asdict(rule) for rule in rules])}
    run_statement(connection, _FOLDER, "tags_by_rule", given)


def read_tag_rules(settings: Settings) -> tuple[TagRule, ...]:
    """The rules of the user's tags.toml; one that is not there says nothing.

    Raises:
        TagFileRefused: the file has errors, all of them listed with their lines.
        SettingsUnreadable: the settings name a file that cannot be read.
    """
    path = settings.tags_file
    if settings.tags is None and not path.exists():
        return ()
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise SettingsUnreadable(path, None, failure.strerror or str(failure)) from failure
    return parse_tag_rules(content, str(path))


def parse_tag_rules(content: bytes, path: str) -> tuple[TagRule, ...]:
    """Read the text of a tags.toml.

    Raises:
        TagFileRefused: it has errors, all of them listed with their lines.
    """
    from pricing.toml_table import TomlTable, parse_toml

    file, values = parse_toml(content, path)
    if values is not None:
        top = TomlTable(file, values)
        top.check_names(frozenset({_HEADER}))
        entries = enumerate(top.tables(_HEADER), start=1)
        rules = [rule for position, table in entries for rule in _read_entry(table, position)]
        if not file.findings:
            return tuple(rules)
    raise TagFileRefused(file.findings)


def _read_entry(table: TomlTable, position: int) -> Iterator[TagRule]:
    """The tags of one entry; what is wrong with it becomes findings."""
    table.check_names(frozenset({*_PATTERNS, "tags"}))
    given = {name: table.text(name) for name in _PATTERNS}
    patterns = {name: text or _MATCHES_ALL for name, text in given.items()}
    if not any(given.values()):
        table.report("model", "the entry names nothing", "name a model, version or deployment")
    tags = table.values.get("tags")
    if not isinstance(tags, dict) or not tags:
        table.report("tags", "the entry sets no tag", 'add a line such as tags = {team = "search"}')
        return
    for name, value in tags.items():
        refusal = tag_refusal(name, value) if isinstance(value, str) else "must be text"
        if refusal:
            table.report("tags", f"tag {name!r} {refusal}", 'write it as {team = "search"}')
        else:
            yield TagRule(position, **patterns, name=name, value=str(value))
