"""What may be read of a record's metrics and input.

Rule of this file: pricing/units.toml alone says which metrics and input fields pick a tier or
count a unit. Of an input nothing else is looked at, of its long texts only their length is kept,
and a short text, of an input or of the metrics, only where it is a single word such as a choice
from a list (`720p`, `16:9`) or a number with its unit (`1 MP`). Of a metric that is no number, no
truth value and no such word, kind and length are kept, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import assert_never

from costing.ingest.exact_json import LEFT_OUT, write_bounded_object, write_json
from costing.ingest.number import NumberRefused, decimal_text, fit_number
from pricing.unit import InputField, InputReading, input_fields, selectors

MOST_METRICS = 200
"""Most metrics that a record may have; Replicate's own have at most a dozen."""

_METRIC_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,128}", re.ASCII)
_MOST_METRIC_CHARACTERS = 1_000
_MOST_OTHER_CHARACTERS = 4_000
_PRIVATE = frozenset({"input", "output", "logs", "error"})
_CHOICE = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._:/+×-]{0,30}[A-Za-z0-9%+])?|\d{1,4}(?:\.\d{1,4})? [A-Za-z]{1,4}",
    re.ASCII,
)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_MOST_CHOICE_DIGITS = 4
"""A number that picks a tier is short (5 s, 24 fps, 0.25 megapixels); a free one would make a
subject of every record."""
TIME_METRICS = frozenset({"predict_time", "total_time"})
"""The metrics that are times of the run and no counts."""


class FieldRefused(ValueError):
    """A field that decides money or time is not what it must be.

    Attributes:
        field: the field, dotted; '' where it is about the whole record.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".strip())
        self.field = field


@dataclass(slots=True)
class Reading:
    """What has been read so far of one record's metrics and input.

    Attributes:
        quantities: numbers by metric name, or as `input.<field>`.
        selectors: texts by canonical selector; the first that shows one counts.
        others: metrics that are neither, by name.
        is_rounded: a number had more than nine decimals.
    """

    quantities: dict[str, Decimal] = field(default_factory=dict)
    selectors: dict[str, str] = field(default_factory=dict)
    others: dict[str, object] = field(default_factory=dict)
    is_rounded: bool = False

    def read_seconds(self, metrics: Mapping[str, object], name: str) -> Decimal | None:
        """One of the two times of the metrics, negative ones too.

        Raises:
            FieldRefused: it is no number, not finite, or out of range.
        """
        value = metrics.get(name)
        if value is None:
            return None
        number = as_number(value)
        if number is None:
            raise FieldRefused(f"metrics.{name}", "must be a number")
        try:
            return self._fit(number)
        except NumberRefused as refusal:
            raise FieldRefused(f"metrics.{name}", str(refusal)) from None

    def read_metrics(self, metrics: Mapping[str, object]) -> None:
        """Every metric but the two times: a quantity, a selector, or one of the others.

        Raises:
            FieldRefused: there are too many of them.
        """
        if len(metrics) > MOST_METRICS:
            raise FieldRefused("metrics", f"has more than {MOST_METRICS} members")
        for name, value in metrics.items():
            if name not in TIME_METRICS and value is not None:
                self._read_metric(name, value)
        if self.others:
            self._take_selectors()

    def read_input(self, asked: Mapping[str, object]) -> None:
        """The fields that units.toml names; a field that is not what it should be is left alone."""
        for name, shown in input_fields().items():
            value = asked.get(name)
            if value is not None:
                self._read_input_field(shown, value)

    def selectors_text(self) -> str:
        """The selectors as a canonical JSON object."""
        return write_json(self.selectors) if self.selectors else "{}"

    def others_text(self) -> str | None:
        """The other metrics as a canonical JSON object within bounds; None without any."""
        others = {name: _open_value(value) for name, value in self.others.items()}
        if not others:
            return None
        return write_bounded_object(
            sorted(others.items()),
            value_characters=_MOST_METRIC_CHARACTERS,
            all_characters=_MOST_OTHER_CHARACTERS,
        )

    def _read_metric(self, name: str, value: object) -> None:
        if _METRIC_NAME.fullmatch(name) is None:
            self.others[LEFT_OUT] = True
            return
        number = as_number(value)
        if number is None:
            if name not in _PRIVATE:
                self.others[name] = value
            return
        try:
            self.quantities[name] = self._fit(number)
        except NumberRefused:
            self.others[name] = str(number)

    def _take_selectors(self) -> None:
        """Move the metrics that pick a tier from the others to the selectors."""
        for name, selector in _metric_selectors().items():
            choice = _as_choice(self.others.get(name))
            if choice is not None:
                self.selectors.setdefault(selector, choice)
                del self.others[name]

    def _read_input_field(self, shown: InputField, value: object) -> None:
        match shown.reading:
            case InputReading.NUMBER:
                self._read_input_number(shown.name, value)
            case InputReading.LENGTH:
                if isinstance(value, str):
                    self.quantities[f"input.{shown.name}"] = fit_number(Decimal(len(value)))
            case InputReading.PRESENCE:
                if shown.selector is not None and value:
                    self.selectors.setdefault(shown.selector, "true")
                return
            case InputReading.TEXT:
                pass
            case _:
                assert_never(shown.reading)
        choice = _as_choice(value)
        if shown.selector is not None and choice is not None:
            self.selectors.setdefault(shown.selector, choice)

    def _read_input_number(self, name: str, value: object) -> None:
        is_number_text = isinstance(value, str) and _NUMBER.fullmatch(value) is not None
        number = Decimal(value) if is_number_text and isinstance(value, str) else as_number(value)
        with suppress(NumberRefused):
            if number is not None:
                self.quantities[f"input.{name}"] = self._fit(number)

    def _fit(self, number: Decimal) -> Decimal:
        fitted = fit_number(number)
        if fitted != number:
            self.is_rounded = True
        return fitted


def _open_value(value: object) -> object:
    """A truth value or a choice from a list as it is, of anything else kind and length."""
    is_open = isinstance(value, bool) or (isinstance(value, str) and _CHOICE.fullmatch(value))
    return value if is_open else describe(value)


def describe(value: object) -> str:
    """Kind and length of a value that is not kept.

    >>> describe("a cat"), describe([1, 2])
    ('… text of 5', '… list of 2')
    """
    match value:
        case str():
            return f"{LEFT_OUT} text of {len(value)}"
        case bytes():
            return f"{LEFT_OUT} bytes of {len(value)}"
        case Mapping():
            return f"{LEFT_OUT} object of {len(value)}"
        case list() | tuple():
            return f"{LEFT_OUT} list of {len(value)}"
        case bool():
            return f"{LEFT_OUT} truth value"
        case _:
            return f"{LEFT_OUT} number"


def as_number(value: object) -> Decimal | None:
    """A JSON number as a decimal; None for anything else, `true` and numbers in text included."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return None


def _as_choice(value: object) -> str | None:
    """A value that picks a tier as text; None for one that is no choice from a list."""
    if isinstance(value, str):
        return value if _CHOICE.fullmatch(value) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    number = as_number(value)
    if number is None or not number.is_finite() or abs(number.adjusted()) > _MOST_CHOICE_DIGITS:
        return None
    text = decimal_text(number)
    return text if sum(map(str.isdigit, text)) <= _MOST_CHOICE_DIGITS else None


@cache
def _metric_selectors() -> Mapping[str, str]:
    """Selector by the metric that shows it, in the order in which metrics are asked."""
    return {metric: one.selector for one in selectors().values() for metric in one.metrics}
