"""Which units may be priced, where a record shows them, and what picks a tier: units.toml, read.

The tables stand in units.toml alone; whoever needs a name of a unit, a metric, a selector or an
input field asks here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from pricing.error import UnknownUnit

SECOND = "second"


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that is counted and priced.

    Attributes:
        unit: its id, as rates spell it.
        name: what a person calls one of it.
        metrics: billing metrics that count it, first the one to trust; spellings of one count.
        fixed_quantity: how many a run is, where that is always the same.
    """

    unit: str
    name: str
    metrics: tuple[str, ...]
    fixed_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Selector:
    """Something that picks a tier of a model's prices.

    Attributes:
        selector: its canonical name, as rates spell it.
        metrics: metrics that show its value, asked first and in this order.
        inputs: input fields that show its value, asked next.
        present: input fields whose presence says "true"; their absence says nothing.
    """

    selector: str
    metrics: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    present: tuple[str, ...] = ()


class InputReading(StrEnum):
    """What may be kept of an input field, and nothing more of it."""

    NUMBER = "number"
    TEXT = "text"
    LENGTH = "length"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class InputField:
    """One input field that may be read when a record comes in.

    Attributes:
        name: the field in the record's `input`.
        reading: what of it may be kept.
        selector: the selector that it shows; None where it only counts.
    """

    name: str
    reading: InputReading
    selector: str | None = None


class _UnitTable(TypedDict, total=False):
    id: str
    name: str
    metrics: list[str]
    fixed_quantity: str


class _SelectorTable(TypedDict, total=False):
    id: str
    metrics: list[str]
    inputs: list[str]
    present: list[str]


class _InputTable(TypedDict):
    name: str
    reading: str


class _UnitFile(TypedDict):
    unit: list[_UnitTable]
    selector: list[_SelectorTable]
    input: list[_InputTable]


@cache
def _file() -> _UnitFile:
    import tomllib

    text = Path(__file__).with_name("units.toml").read_text(encoding="utf-8")
    return cast(_UnitFile, tomllib.loads(text))


@cache
def units() -> Mapping[str, Unit]:
    """List all units by id, in the order of units.toml."""
    return {
        table["id"]: Unit(
            table["id"],
            table["name"],
            tuple(table["metrics"]),
            Decimal(table["fixed_quantity"]) if "fixed_quantity" in table else None,
        )
        for table in _file()["unit"]
    }


def find_unit(unit: str) -> Unit:
    """Find a unit by its id.

    Raises:
        UnknownUnit: units.toml does not have it; near ids are named.
    """
    found = units().get(unit)
    if found is None:
        from difflib import get_close_matches

        raise UnknownUnit(unit, get_close_matches(unit, units(), n=2), list(units()))
    return found


@cache
def selectors() -> Mapping[str, Selector]:
    """List all selectors by canonical name, in the order of units.toml."""
    return {
        table["id"]: Selector(
            table["id"],
            tuple(table.get("metrics", ())),
            tuple(table.get("inputs", ())),
            tuple(table.get("present", ())),
        )
        for table in _file()["selector"]
    }


def canonical_selector(name: str) -> str | None:
    """Turn a metric or input field that shows a selector into the selector's own name.

    >>> canonical_selector("motion_mode"), canonical_selector("seed")
    ('mode', None)
    """
    return _selector_names().get(name)


@cache
def _selector_names() -> Mapping[str, str]:
    names = {name: name for name in selectors()}
    for selector in selectors().values():
        for name in (*selector.metrics, *selector.inputs):
            names.setdefault(name, selector.selector)
    return names


@cache
def input_fields() -> Mapping[str, InputField]:
    """List every input field that may be read from a record, by its name.

    Nothing else of an input is ever looked at, and of texts that are counted only the length.
    """
    fields: dict[str, InputField] = {}
    for selector in selectors().values():
        for name in selector.inputs:
            fields[name] = InputField(name, InputReading.TEXT, selector.selector)
        for name in selector.present:
            fields[name] = InputField(name, InputReading.PRESENCE, selector.selector)
    for table in _file()["input"]:
        shown = fields.get(table["name"])
        fields[table["name"]] = InputField(
            table["name"], InputReading(table["reading"]), shown.selector if shown else None
        )
    return fields
