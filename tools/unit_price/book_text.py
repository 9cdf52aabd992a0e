"""The text of the book's files: one file a year in which prices were first seen.

A price file is never edited once shipped, so a new year gets a new file. Each rate carries its own
`effective_from`, and was known since the same day, as that is when it was first seen. The defaults
of a model stand in the file of its first rate.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from tools.unit_price.default_tier import DefaultTier
from tools.unit_price.history import DatedRate
from tools.unit_price.tier import When

_SOURCE = "pricing/observations/unit_prices.csv and unit_prices_more.csv"
_NOTE = "reconciled by the rule of docs/unit-prices.md"
_MADE_BY = "# Made by `python -m tools.reconcile_unit_prices` from pricing/observations."


def make_files(rates: Sequence[DatedRate], defaults: Sequence[DefaultTier]) -> dict[str, str]:
    """Return the text of each file by its name, in order of the years."""
    first_year = {rate.key.model: rate.first_on.year for rate in reversed(_by_day(rates))}
    return {
        f"unit-prices-{year}.toml": _file(
            year,
            [rate for rate in rates if rate.first_on.year == year],
            [default for default in defaults if first_year.get(default.model) == year],
        )
        for year in sorted({rate.first_on.year for rate in rates})
    }


def _by_day(rates: Sequence[DatedRate]) -> list[DatedRate]:
    return sorted(rates, key=lambda rate: rate.first_on)


def _file(year: int, rates: Sequence[DatedRate], defaults: Sequence[DefaultTier]) -> str:
    blocks = [
        _header(year, rates),
        *("\n".join(_rate_lines(rate)) for rate in rates),
        *("\n".join(_default_lines(default)) for default in defaults),
    ]
    return "\n\n".join(blocks) + "\n"


def _header(year: int, rates: Sequence[DatedRate]) -> str:
    since = _instant(min(rate.first_on for rate in rates))
    lines = [
        _MADE_BY,
        'book = "replicate"',
        f'version = "unit-prices-{year}"',
        f"effective_from = {since}",
        f"known_since = {since}",
        'kind = "move"',
        'currency = "USD"',
        f"source = {_quoted(_SOURCE)}",
        f"checked_on = {max(rate.last_on for rate in rates)}",
        'confidence = "medium"',
        f"note = {_quoted(_NOTE)}",
    ]
    return "\n".join(lines)


def _rate_lines(rate: DatedRate) -> Iterator[str]:
    yield "[[rate]]"
    yield f"model = {_quoted(rate.key.model)}"
    yield f"unit = {_quoted(rate.key.unit)}"
    if rate.key.when:
        yield f"when = {_inline_table(rate.key.when)}"
    yield f"effective_from = {_instant(rate.first_on)}"
    yield f"known_since = {_instant(rate.first_on)}"
    yield from _price_lines(rate)
    yield f"source = {_quoted(rate.source)}"
    yield f"checked_on = {rate.last_on}"
    yield f"confidence = {_quoted(rate.confidence.value)}"
    yield f"note = {_quoted(rate.note)}"


def _price_lines(rate: DatedRate) -> Iterator[str]:
    if rate.price_usd is None:
        yield "withdrawn = true"
        return
    yield f"price_usd = {_quoted(format(rate.price_usd, 'f'))}"
    yield f"published = {_quoted(rate.published)}"
    if rate.asked is not None:
        yield f"input_field = {_quoted(rate.asked.input_field)}"
        yield f"input_factor = {_quoted(format(rate.asked.input_factor, 'f'))}"


def _default_lines(default: DefaultTier) -> Iterable[str]:
    return (
        "[[default]]",
        f"model = {_quoted(default.model)}",
        f"when = {_inline_table(default.when)}",
        f"source = {_quoted(default.source)}",
        f"confidence = {_quoted(default.confidence.value)}",
    )


def _inline_table(when: When) -> str:
    return "{ " + ", ".join(f"{name} = {_quoted(value)}" for name, value in when) + " }"


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's strings are such."""
    return json.dumps(text, ensure_ascii=False)
