"""Output formats: one module and one row of `FORMATS` each.

Rule of this package: a format turns a table into bytes and knows neither files nor terminals. The
formats for programs (json, csv, parquet) carry every digit; those for people round once, so that
the rounded lines sum to the rounded total.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.errors import UnknownFormat
from reports.formats import csv, json, markdown, parquet, table
from reports.formats.style import Style
from reports.table import Table

__all__ = ["FORMATS", "Format", "Style", "find_format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a table.

    Attributes:
        name: as it is asked for.
        suffix: what its files' names end with.
        media_type: registered at https://www.iana.org/assignments/media-types.
        meaning: one phrase for help and documents.
        render: writes a table; the same table gives the same bytes.
        is_text: whether it may be written to a terminal.
    """

    name: str
    suffix: str
    media_type: str
    meaning: str
    render: Callable[[Table, Style], bytes]
    is_text: bool


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format(
            "table",
            ".txt",
            "text/plain; charset=utf-8",
            "plain text for people, rounded",
            table.render,
            is_text=True,
        ),
        Format(
            "json",
            ".json",
            "application/json",
            "an envelope, exact numbers as text",
            json.render,
            is_text=True,
        ),
        Format(
            "csv",
            ".csv",
            "text/csv; charset=utf-8",
            "lines with exact numbers",
            csv.render,
            is_text=True,
        ),
        Format(
            "parquet",
            ".parquet",
            "application/vnd.apache.parquet",
            "a file with exact decimals",
            parquet.render,
            is_text=False,
        ),
        Format(
            "markdown",
            ".md",
            "text/markdown; charset=utf-8",
            "a table for documents, rounded",
            markdown.render,
            is_text=True,
        ),
    )
}
"""Every format by name, in the order of help."""


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        UnknownFormat: there is none.
    """
    if name not in FORMATS:
        raise UnknownFormat(name, list(FORMATS))
    return FORMATS[name]
