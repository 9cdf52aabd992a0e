"""From a report and an asking to statements and bound values.

Placeholders of a report's SQL, replaced only by text that stands in this program:

    {by}          names of the dimensions in the statement: by_0, by_1, ...
    {dimensions}  the same with their expressions, where a view is read
    {where}       the conditions, their patterns bound as $where_1, ...
    {bucket}      the join of the calendar, where a dimension is a piece of it
    {used}, {charged}, {spend}   only in summed.sql and spend.sql: the view that is summed, the
                              macro that prices the sums, and the table that it fills

by_0 is one constant, so that a statement is whole whatever is asked, nothing included.

Rule of this file: it takes names apart, looks them up and refuses them; what a user typed is bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from pricing.calendar import Period, previous, same_days_of_previous_month
from reports.dimension import Dimension, Reach, find_dimension
from reports.errors import DimensionNotHere, ParameterNotHere
from reports.parameter import Parameter, Parameters
from reports.query import Query, Source

Bound = str | int | datetime | None
"""What may be bound to a statement's parameter."""

OPEN_START = datetime(1, 1, 1)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
OPEN_END = datetime(9999, 12, 31)  # noqa: DTZ001 - naive UTC, as the ledger's columns are
OUTPUT_UNITS = ("output_image", "output_token", "output_video_second", "output_audio_second")
"""What runs put out, however priced: its metric is bound as `$<unit>`, an older spelling of that
metric as `$<unit>_alias`."""
_BUCKET = (
    "left join bucket on bucket.slot = (epoch_us(charged_at) - $bucket_origin) // $bucket_step"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How one asking of a report is run.

    Attributes:
        dimensions: what the table is grouped by, in order.
        fragments: text by placeholder.
        values: what to bind, by parameter name; a statement takes those that it names.
    """

    query: Query
    dimensions: tuple[Dimension, ...]
    fragments: Mapping[str, str]
    values: Mapping[str, Bound]

    @property
    def has_calendar(self) -> bool:
        """Whether the table is grouped by a piece of calendar."""
        return any(item.reach is Reach.TIME for item in self.dimensions)

    @property
    def has_hours(self) -> bool:
        """Whether the calendar must be as fine as hours."""
        return any(item.name == "hour" for item in self.dimensions)

    def statement(self, text: str, **more: str) -> str:
        """The text with its placeholders replaced."""
        for placeholder, fragment in {**self.fragments, **more}.items():
            text = text.replace(f"{{{placeholder}}}", fragment)
        return text


def make_plan(query: Query, parameters: Parameters) -> Plan:
    """The plan of one asking.

    Raises:
        ReportError: a dimension or parameter that this report does not have.
    """
    _refuse_stray(query, parameters)
    chosen = query.by if parameters.by is None else parameters.by
    series = tuple(find_dimension(name) for name in query.series)
    asked = dict.fromkeys((*query.always, *chosen))
    dimensions = (*series, *(_dimension(query, name) for name in asked))
    has_calendar = any(item.reach is Reach.TIME for item in dimensions)
    has_before = query.has_before and not has_calendar
    values = {**_instants(parameters, has_before=has_before), **_metrics(query)}
    values |= _history(parameters, query)
    selected = _expressions(dimensions, values)
    tests = _conditions(query, parameters, values)
    fragments = {
        "by": ", ".join(f"by_{index}" for index in range(len(dimensions) + 1)),
        "dimensions": ", ".join(f"{text} as by_{index}" for index, text in enumerate(selected)),
        "where": _all_of(tests),
        **_split(dimensions, selected, tests),
    }
    fragments["bucket"] = _BUCKET if has_calendar else ""
    return Plan(query, dimensions, fragments, values)


@cache
def read_part(name: str) -> str:
    """Text of `reports/<name>.sql`, a statement that several reports share."""
    return files("reports").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _refuse_stray(query: Query, parameters: Parameters) -> None:
    """Refuses grouping or conditions of a report that takes none."""
    asked = {Parameter.BY: bool(parameters.by), Parameter.WHERE: bool(parameters.where)}
    for parameter, is_asked in asked.items():
        if is_asked and parameter not in query.parameters:
            raise ParameterNotHere(parameter, query.name, query.parameters)


def _dimension(query: Query, name: str) -> Dimension:
    """A dimension that this report has."""
    dimension = find_dimension(name)
    if dimension.reach not in query.reaches:
        raise DimensionNotHere(name, query.name, query.dimensions)
    return dimension


def _expressions(dimensions: tuple[Dimension, ...], values: dict[str, Bound]) -> list[str]:
    """The expressions of the dimensions, a constant first; the keys of tags are bound."""
    bound = [
        _bind_tag(dimension, f"by_tag_{index}", values)
        for index, dimension in enumerate(dimensions, start=1)
    ]
    return ["0::utinyint", *bound]


def _split(
    dimensions: tuple[Dimension, ...], selected: list[str], tests: dict[Dimension, list[str]]
) -> dict[str, str]:
    """The same in two steps: what differs between records of a subject, then what does not.

    `subject_dimensions` are those by which subjects differ before anything is known of their runs.
    """
    is_of_row = [True, *(dimension.is_of_row for dimension in dimensions)]
    rows = [f"{text} as row_{index}" for index, text in enumerate(selected) if is_of_row[index]]
    known = zip(dimensions, selected[1:], strict=True)
    of_subject = [text for dimension, text in known if dimension.is_of_subject]
    of_subject += [test for one, alike in tests.items() if one.is_of_subject for test in alike]
    sums = [
        f"{f'row_{index}' if is_of_row[index] else text} as by_{index}"
        for index, text in enumerate(selected)
    ]
    return {
        "row_dimensions": ", ".join(rows),
        "sum_dimensions": ", ".join(sums),
        "subject_dimensions": ", ".join(["true", *of_subject]),
        "row_where": _all_of({one: test for one, test in tests.items() if one.is_of_row}),
        "sum_where": _all_of({one: test for one, test in tests.items() if not one.is_of_row}),
    }


def _all_of(tests: Mapping[Dimension, list[str]]) -> str:
    """The tests as SQL: or within a dimension, and between dimensions."""
    return " and ".join(f"({' or '.join(alike)})" for alike in tests.values()) or "true"


def _conditions(
    query: Query, parameters: Parameters, values: dict[str, Bound]
) -> dict[Dimension, list[str]]:
    """The tests of the conditions, by dimension; their patterns are bound."""
    tests: dict[Dimension, list[str]] = {}
    for index, condition in enumerate(parameters.where, start=1):
        dimension = _dimension(query, condition.dimension.name)
        if dimension.reach is Reach.TIME:
            raise DimensionNotHere(dimension.name, query.name, ("period",))
        expression = _bind_tag(dimension, f"where_tag_{index}", values)
        values[f"where_{index}"] = condition.pattern
        test = f"coalesce({expression}, '') glob $where_{index}"
        tests.setdefault(dimension, []).append(test)
    return tests


def _bind_tag(dimension: Dimension, parameter: str, values: dict[str, Bound]) -> str:
    """The dimension's expression; a tag's key is bound."""
    if dimension.tag is not None:
        values[parameter] = dimension.tag
    return dimension.expression.replace("{tag}", f"${parameter}")


def _instants(parameters: Parameters, *, has_before: bool) -> dict[str, Bound]:
    """The edges of the period and of the period before, naive UTC as the ledger holds them.

    Pieces of calendar and open periods have no period before: what it cost is then not zero but
    unknown, which is what `nothing_before` says.
    """
    period = parameters.period
    start = _naive(period.start, OPEN_START)
    instants: dict[str, Bound] = {
        "start": start,
        "end": _naive(period.end, OPEN_END),
        "before_start": start,
        "same_days_end": start,
        "nothing_before": None,
    }
    if has_before and period.start is not None and period.end is not None:
        same_days = same_days_of_previous_month(period, parameters.until or period.end)
        instants["before_start"] = _naive(previous(period).start, OPEN_START)
        instants["nothing_before"] = 0
        instants["same_days_end"] = _naive(same_days.end, start)
    return instants


def _history(parameters: Parameters, query: Query) -> dict[str, Bound]:
    """Where the days before the period begin that a derivation reads; they are part 1."""
    if not query.history_days:
        return {}
    start = history_start(parameters.period, query)
    return {"before_start": _naive(start, OPEN_START), "same_days_end": OPEN_END}


def history_start(period: Period, query: Query) -> datetime | None:
    """The instant from which on a report reads what it needs before a period; None is the first."""
    if period.start is None:
        return None
    first = datetime(1970, 1, 2, tzinfo=UTC)
    days = timedelta(days=query.history_days)
    return max(period.start - days, first) if period.start > first else period.start


def _naive(instant: datetime | None, otherwise: datetime) -> datetime:
    """An aware instant as the ledger writes it: UTC, without a zone."""
    return otherwise if instant is None else instant.astimezone(UTC).replace(tzinfo=None)


def _metrics(query: Query) -> dict[str, Bound]:
    """Names of the metrics that count what is put out: the trusted one and an older spelling."""
    if query.source is not Source.USED:
        return {}
    from pricing.unit import find_unit

    bound: dict[str, Bound] = {}
    for unit in OUTPUT_UNITS:
        metrics = find_unit(unit).metrics
        bound[unit], bound[f"{unit}_alias"] = metrics[0], metrics[-1]
    return bound
