"""scenario.toml: a question that is kept, in the headers that `costing.simulation.request` tells.

Rule of this file: every mistake is told with its line, all of them at once.
"""

from __future__ import annotations

from pathlib import Path

from costing.errors import DataError
from costing.simulation.request import (
    TOP,
    ScenarioRequest,
    field_names,
    header_of,
    make_request,
    read_value,
)
from pricing.error import FindingsRefused
from pricing.toml_table import TomlTable, parse_toml


class ScenarioFileRefused(FindingsRefused):
    """A scenario file with errors in it."""

    kind = "scenario file"
    check = "costing simulate --scenario FILE"


def read_scenario_file(path: Path) -> ScenarioRequest:
    """Read a scenario file.

    Raises:
        DataError: it cannot be read.
        ScenarioFileRefused: it has errors, all of them listed with their lines.
    """
    try:
        content = path.read_bytes()
    except OSError as failure:
        reason = failure.strerror or str(failure)
        raise DataError(f"scenario file cannot be read: {reason}", where=str(path)) from failure
    return parse_scenario(content, str(path))


def parse_scenario(content: bytes, path: str) -> ScenarioRequest:
    """Read the text of a scenario file.

    Raises:
        ScenarioFileRefused: it has errors, all of them listed with their lines.
    """
    file, parsed = parse_toml(content, path)
    if parsed is None:
        raise ScenarioFileRefused(file.findings)
    top = TomlTable(file, parsed)
    headers = dict.fromkeys(map(header_of, field_names()))
    top.check_names(frozenset(headers) | _names_under(TOP))
    values = _read_table(top, TOP)
    for header in filter(None, headers):
        tables = top.tables(header)
        if len(tables) > 1:
            top.report(header, f"{header} stands more than once", f"keep one [{header}]")
        for table in tables:
            table.check_names(_names_under(header))
            values |= _read_table(table, header)
    if file.findings:
        raise ScenarioFileRefused(file.findings)
    return make_request(values)


def _names_under(header: str) -> frozenset[str]:
    return frozenset(name for name in field_names() if header_of(name) == header)


def _read_table(table: TomlTable, header: str) -> dict[str, object]:
    """The values of one table; what is wrong with them becomes findings."""
    values: dict[str, object] = {}
    for name in _names_under(header) & table.values.keys():
        try:
            values[name] = read_value(name, table.values[name])
        except ValueError as error:
            shown = str(table.values[name])[:40]
            table.report(name, f"{name} cannot be {shown}: {error}", "mend it")
    return values
