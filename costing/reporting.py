"""Answering a report: from what a person asked to the table.

Rule of this file: raw options get their meaning here. What is not asked has its default: the month
or day that the clock is in, the zone and the book of the settings. What a report does not take is
refused, and so is an empty text: neither falls back to a default.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from costing.errors import UsageError
from costing.instant import find_zone, parse_instant
from costing.ledger.status import last_ingest
from costing.rated_ledger import Rating, rated_ledger
from costing.request import OPTIONS_OF, ReportRequest
from costing.tariff import tariff_source
from pricing.calendar import Period, day_of, month_of, parse_range, previous
from reports.dimension import parse_condition
from reports.errors import ParameterNotHere
from reports.parameter import Parameter, Parameters
from reports.plan import history_start
from reports.query import DefaultPeriod, find_query
from reports.run import run

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from costing.lock import Turn
    from costing.settings import Settings
    from reports.query import Query
    from reports.table import Table, Waiting


def answer(
    request: ReportRequest,
    settings: Settings,
    turn: Turn,
    now: datetime,
    waiting: Waiting | None = None,
) -> Table:
    """The table that answers a request.

    Raises:
        ReportError: there is no such report or dimension, or the report does not take a parameter.
        PeriodError: the period makes no sense.
        UsageError: there is no such zone, a text is empty, or a report that compares books was
            given none to compare with.
    """
    query = find_query(request.name)
    _refuse_stray(request, query)
    zone = find_zone(settings.timezone if request.tz is None else request.tz)
    period = _period(request, query, zone, now)
    known_on = _instant(request.as_known_on, zone)
    prices_known_on = _instant(request.prices_as_known_on, zone)
    rating = replace(
        _rating(request, query, settings, prices_known_on or known_on),
        known_on=known_on,
        period=_asked(period, query),
    )
    with rated_ledger(settings, rating, turn) as connection:
        parameters = Parameters(
            period=period,
            by=request.by,
            where=tuple(parse_condition(text) for text in request.where),
            until=now,
            data_as_of=last_ingest(connection),
            waiting=waiting,
            book=rating.tariff.book,
            other_book=rating.other.book if rating.other else "",
            known_on=known_on,
            prices_known_on=prices_known_on,
        )
        return run(connection, query, parameters)


def _refuse_stray(request: ReportRequest, query: Query) -> None:
    """Refuses what the report does not take, and texts that say nothing."""
    for parameter, names in OPTIONS_OF.items():
        for name in names:
            value: object = getattr(request, name)
            shown = name.rstrip("_")
            if value == "":
                raise UsageError(f'report parameter "{shown}" is empty', help="leave it out")
            is_asked = value is not None and value != ()
            if is_asked and parameter not in query.parameters:
                taken = [field.rstrip("_") for one in query.parameters for field in OPTIONS_OF[one]]
                raise ParameterNotHere(shown, query.name, taken)


def _period(request: ReportRequest, query: Query, zone: ZoneInfo, now: datetime) -> Period:
    """The period that was asked for, or the report's own."""
    asked = parse_range(
        from_=request.from_,
        to=request.to,
        last=request.last,
        month=request.month,
        zone=zone,
        now=now,
    )
    if asked is not None:
        return asked
    match query.default_period:
        case DefaultPeriod.MONTH:
            return month_of(now, zone)
        case DefaultPeriod.DAY:
            return day_of(now, zone)
        case DefaultPeriod.ALL:
            return Period(None, None, zone)


def _instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    """An instant that was asked for."""
    return None if text is None else parse_instant(text, zone.key)


def _asked(period: Period, query: Query) -> Period:
    """All instants that a report of a period may ask about: what it reads before it too."""
    before = history_start(period, query) if query.history_days else previous(period).start
    return Period(before, period.end, period.zone)


def _rating(
    request: ReportRequest, query: Query, settings: Settings, known_on: datetime | None
) -> Rating:
    """The tariff of the request, and the second one of a report that compares."""
    tariff = tariff_source(settings, book=request.book, known_on=known_on)
    if Parameter.OTHER_BOOK not in query.parameters:
        return Rating(tariff)
    if request.other_book is None:
        raise UsageError(
            f'the report "{query.name}" compares two price books and was given one',
            help=f"run `costing report {query.name} --other-book BOOK`; "
            "`costing prices list` shows them",
        )
    other = tariff_source(settings, book=request.other_book, known_on=known_on)
    return Rating(tariff, other)
