"""What stands above and below a table for people: period, completeness, and what is not certain."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from pricing.calendar import first_instant
from pricing.money import format_usd, round_half_up
from reports.column import Unit
from reports.formats.exact import instant_text
from reports.formats.reading import UNKNOWN
from reports.formats.style import Style
from reports.table import Completeness, Head, Table


def head_lines(head: Head) -> list[str]:
    """Period with its zone, price book, age of the data; then how much is rated."""
    as_of = UNKNOWN if head.data_as_of is None else instant_text(head.data_as_of)
    parts = [
        period_text(head),
        f"book {head.book}" if head.book else "",
        f"other book {head.other_book}" if head.other_book else "",
        f"data as of {as_of}",
        "" if head.known_on is None else f"as known on {instant_text(head.known_on)}",
    ]
    lines = [" · ".join(part for part in parts if part)]
    return [*lines, completeness_text(head.completeness)] if head.completeness else lines


def period_text(head: Head) -> str:
    """The period as its zone's days, or as instants where it does not begin and end with one."""
    zone = head.period.zone
    start = None if head.period.start is None else head.period.start.astimezone(zone)
    end = None if head.period.end is None else head.period.end.astimezone(zone)
    if start is None and end is None:
        return f"all time, {head.zone}"
    if (
        start is not None
        and end is not None
        and _is_midnight(start, zone)
        and _is_midnight(end, zone)
    ):
        last = (end - timedelta(microseconds=1)).date()
        days = f"{start.date()}" if start.date() == last else f"{start.date()} to {last}"
        return f"{days}, {head.zone}"
    parts = [f"from {_local(start)}" if start else "", f"until {_local(end)}" if end else ""]
    return f"{' '.join(part for part in parts if part)}, {head.zone}"


def completeness_text(completeness: Completeness) -> str:
    """How many predictions there are, and how many have an amount."""
    return (
        f"{completeness.predictions:,} predictions: {completeness.rated:,} rated, "
        f"{completeness.unrated:,} unrated, {completeness.pending:,} pending"
    )


def note_lines(table: Table, style: Style) -> list[str]:
    """One line for each thing that makes the amounts of a table less than certain."""
    known = table.head.completeness
    has_amounts = any(column.unit is Unit.USD for column in table.columns)
    if known is None or not has_amounts:
        return []
    notes = []
    if table.left_out:
        counted = f"{table.left_out:,} lines that have nothing to show here"
        notes.append(f"left out: {counted}; the total counts them")
    if known.unrated:
        seconds = round_half_up(known.unrated_seconds, 1)
        counted = f"{known.unrated:,} predictions, {seconds:,f} s"
        notes.append(f"unrated: {counted}, in no amount; see `costing report unrated`")
    if known.without_hardware:
        counted = f"{known.without_hardware:,} of these predictions"
        notes.append(f"hardware: {counted} ran on unknown hardware; see `costing hardware missing`")
    if known.lower_bounded:
        amount = format_usd(known.lower_bound_usd, full=style.full_precision)
        counted = f"{amount} of {known.lower_bounded:,} predictions"
        notes.append(f"lower bound: {counted} is the least they cost; time online is not recorded")
    if known.estimated:
        amount = format_usd(known.estimate_usd, full=style.full_precision)
        counted = f"{amount} of {known.estimated:,} predictions"
        notes.append(f"estimate: {counted} rests on weak evidence or an undocumented rule")
    return notes


def _is_midnight(local: datetime, zone: tzinfo) -> bool:
    """Whether a local day begins there; where midnight is skipped, at the leap."""
    return first_instant(local.date(), zone) == local


def _local(local: datetime) -> str:
    """A local instant with its offset."""
    return local.isoformat(timespec="seconds")
