"""The question "show me this report", as a person, a program or a service asks it.

Rule of this file: raw options, as text, from whichever front end; `costing.app` gives them their
meaning, so that the same question has the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from costing.errors import UsageError

if TYPE_CHECKING:
    from pricing.calendar import Period

_FROM = "from"

OPTIONS_OF = {
    "period": ("month", "from_", "to", "last"),
    "by": ("by",),
    "where": ("where",),
    "zone": ("tz",),
    "book": ("book",),
    "other_book": ("other_book",),
    "known_on": ("as_known_on",),
    "prices_known_on": ("prices_as_known_on",),
    "top": ("top",),
}
"""The fields of a request by which each parameter of `reports.parameter` is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """One asking of a report; None is not asked.

    Attributes:
        name: the report, as its file is called.
        month: a calendar month, `2026-10`.
        from_: first day or instant, included; to: the end, excluded.
        last: a span before now, `30d`.
        by: dimensions to group by, in order; `()` is no grouping, None the report's own.
        where: conditions written `dimension=pattern`.
        tz: zone of days and months.
        book: price book; other_book: the one to compare with.
        as_known_on: only prices, rules and records that were known by then.
        prices_as_known_on: prices and rules as they were known then, of all records; with
            `as_known_on` of those that were known by that.
        top: so many lines, 1 or more, and the sum of the others as one.
        full_precision: amounts unrounded where people read them.
    """

    name: str = "monthly"
    month: str | None = None
    from_: str | None = None
    to: str | None = None
    last: str | None = None
    by: tuple[str, ...] | None = None
    where: tuple[str, ...] = ()
    tz: str | None = None
    book: str | None = None
    other_book: str | None = None
    as_known_on: str | None = None
    prices_as_known_on: str | None = None
    top: int | None = None
    full_precision: bool = False

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, object]) -> ReportRequest:
        """A request from loose parameters, as Python callers give them.

        `by` and `where` take a list or one comma-separated text, `from` may be written `from_`.

        >>> ReportRequest.of("daily", {"month": "2026-10", "by": "model,tag:team"}).by
        ('model', 'tag:team')

        Raises:
            UsageError: there is no such parameter, or it has the wrong type.
        """
        known = {field.name for field in fields(cls)} - {"name"}
        values: dict[str, object] = {}
        for key, value in parameters.items():
            field_name = "from_" if key == _FROM else key
            if field_name not in known:
                raise _unknown(key, known)
            values[field_name] = _typed(key, value)
        return cls(name=name, **values)  # type: ignore[arg-type]


def options_asked(request: ReportRequest, period: Period) -> str:
    """The options by which another report speaks of the same records, ready for a shell.

    Args:
        period: the one that the answer is about, for a request that named none.
    """
    from shlex import quote

    from reports.formats.head import period_edges

    options = [
        ("tz", request.tz),
        ("book", request.book),
        ("as-known-on", request.as_known_on),
        ("prices-as-known-on", request.prices_as_known_on),
    ]
    typed = [
        ("month", request.month),
        ("from", request.from_),
        ("to", request.to),
        ("last", request.last),
    ]
    if not any(text for _, text in typed):
        typed = list(zip(("from", "to"), period_edges(period), strict=True))
    options = [*typed, *(("where", text) for text in request.where), *options]
    return " ".join(f"--{name} {quote(text)}" for name, text in options if text)


def split_list(values: Sequence[str]) -> tuple[str, ...]:
    """Names from comma-separated texts, in order.

    >>> split_list(["model, hardware", "tag:team"])
    ('model', 'hardware', 'tag:team')
    """
    parts = (part.strip() for value in values for part in value.split(","))
    return tuple(part for part in parts if part)


def _typed(key: str, value: object) -> object:
    """The value in the type of its field."""
    match key, value:
        case _, None:
            return () if key == "where" else None
        case "by", str():
            return split_list([value])
        case "where", str():
            return (value,)
        case (("by" | "where"), [*items]) if all(isinstance(item, str) for item in items):
            return tuple(items)
        case _ if _is_of_its_type(key, value):
            return value
        case _:
            raise UsageError(
                f'report parameter "{key}" cannot be {value!r}',
                help=f"give {_FORMS.get(key, 'text, as on the command line')}",
            )


_FORMS = {
    "by": "a list of names, or one text with commas between them",
    "where": "a list of conditions such as model=acme/*",
    "full_precision": "true or false",
    "top": "a whole number, 1 or more",
}
"""What a parameter that is no plain text takes."""


def _is_of_its_type(key: str, value: object) -> bool:
    """Whether a value that is no list has the type of its field."""
    match key:
        case "full_precision":
            return isinstance(value, bool)
        case "top":
            return isinstance(value, int) and not isinstance(value, bool) and value > 0
        case _:
            return isinstance(value, str) and key not in {"by", "where"}


def _unknown(key: str, known: set[str]) -> UsageError:
    names = sorted(name.rstrip("_") for name in known)
    return UsageError(f'no report parameter "{key}"', help=f"choose among {', '.join(names)}")
