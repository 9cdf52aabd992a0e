"""What stands above and below a table for people: period, completeness, and what is not certain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from pricing.calendar import Period, first_instant
from pricing.money import format_usd, round_half_up
from reports.column import Making, Unit
from reports.formats.absence import UNKNOWN
from reports.formats.exact import instant_text
from reports.formats.reading import AT_LEAST, OVER_NOTHING
from reports.formats.style import Style
from reports.table import Completeness, Head, Table


def head_lines(head: Head) -> list[str]:
    """Period with its zone, price book, age of the data; then how much is rated."""
    as_of = UNKNOWN if head.data_as_of is None else _second_text(head.data_as_of)
    prices_known_on = head.prices_known_on
    parts = [
        period_text(head),
        f"book {head.book}" if head.book else "",
        f"other book {head.other_book}" if head.other_book else "",
        f"data as of {as_of}",
        "" if head.known_on is None else f"as known on {instant_text(head.known_on)}",
        "" if prices_known_on is None else f"prices as known on {instant_text(prices_known_on)}",
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
    first, until = period_edges(head.period)
    parts = [f"from {first}" if first else "", f"until {until}" if until else ""]
    return f"{' '.join(part for part in parts if part)}, {head.zone}"


def nothing_text(head: Head) -> str:
    """That there are no lines, and between which days of the zone the ledger's records lie."""
    if head.reach is None:
        return "nothing in this period"
    first, last = (instant.astimezone(head.period.zone).date() for instant in head.reach)
    return f"nothing in this period; the ledger's records lie from {first} to {last}"


def period_edges(period: Period) -> tuple[str, str]:
    """Start and end (excluded) as days of the zone, else as instants; '' where it is open."""
    start, end = (
        "" if edge is None else _local(edge.astimezone(period.zone), period.zone)
        for edge in (period.start, period.end)
    )
    return start, end


def completeness_text(completeness: Completeness) -> str:
    """How many predictions there are, and how many have an amount."""
    return (
        f"{_predictions(completeness.predictions)}: {completeness.rated:,} rated, "
        f"{completeness.unrated:,} unrated, {completeness.pending:,} pending"
    )


def note_lines(table: Table, rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    """What a reader must know of a table: each thing that makes its amounts less than certain.

    Args:
        table: what is shown.
        rows: its lines as text.
        style: with the options that the named commands take to speak of the same records.
    """
    return [
        *_knowledge_notes(table.head),
        *_advice_notes(table),
        *_amount_notes(table, rows, style),
    ]


def _knowledge_notes(head: Head) -> list[str]:
    """What the ledger does not hold: what waits, and what was not known yet."""
    notes = []
    if head.waiting is not None:
        rows = "1 row is" if head.waiting.rows == 1 else f"{head.waiting.rows:,} rows are"
        since = _second_text(head.waiting.since)
        notes.append(
            f"waiting: {rows} not in this report yet, the first of {since}; "
            "`costing doctor` tells who holds the ledger"
        )
    if head.known_on is None or head.data_as_of is not None:
        return notes
    return [
        *notes,
        f"as known on {instant_text(head.known_on)}: no record had been taken in by then, so "
        "nothing of it was known; `--prices-as-known-on` asks for all records at the prices of "
        "then",
    ]


def _advice_notes(table: Table) -> list[str]:
    """What to do about each reason that occurs."""
    advice = [column for column in table.columns if column.making is Making.MEND]
    pairs = [
        (reason, step)
        for column in advice
        for reason, step in zip(
            table.values(column.operands[0]), table.values(column.name), strict=True
        )
        if step is not None
    ]
    return [f"{reason}: {step}" for reason, step in dict.fromkeys(pairs)]


def _amount_notes(table: Table, rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    """What the amounts lack, and how weak they are."""
    known = table.head.completeness
    if known is None or not any(column.unit is Unit.USD for column in table.columns):
        return []
    notes = []
    if table.left_out:
        lines = "1 line that has" if table.left_out == 1 else f"{table.left_out:,} lines that have"
        notes.append(f"left out: {lines} nothing to show here; the total counts all")
    if known.unrated:
        seconds = round_half_up(known.unrated_seconds, 1)
        counted = f"{_predictions(known.unrated)}, {seconds:,f} s"
        command = " ".join(["costing report unrated", style.asked]).strip()
        notes.append(f"unrated: {counted}, in no amount; see `{command}`")
    if known.without_hardware:
        counted = f"{known.without_hardware:,} of these predictions"
        command = "`costing hardware missing`, which looks at all time"
        notes.append(f"hardware: {counted} ran on unknown hardware; see {command}")
    if known.lower_bounded:
        amount = format_usd(known.lower_bound_usd, full=style.full_precision)
        counted = f"{amount} of {_predictions(known.lower_bounded)}"
        notes.append(f"lower bound: {counted} is the least they cost; time online is not recorded")
    if known.kept_on_usd:
        amount = format_usd(known.kept_on_usd, full=style.full_precision)
        notes.append(f"kept on: {amount} for instances that deployments kept on idle, an estimate")
    if known.kept_on_unrated_seconds:
        hours = round_half_up(known.kept_on_unrated_seconds / 3600, 1)
        command = "`costing hardware missing`"
        notes.append(f"kept on: {hours:,f} h of instances have no price, in no amount; {command}")
    if known.estimated:
        amount = format_usd(known.estimate_usd - known.kept_on_usd, full=style.full_precision)
        counted = f"{amount} of {_predictions(known.estimated)}"
        notes.append(f"estimate: {counted} rests on weak evidence or an undocumented rule")
    return [*notes, *_sign_notes(rows)]


def _sign_notes(rows: Sequence[Sequence[str]]) -> list[str]:
    """What the signs mean that occur."""
    cells = {cell for row in rows for cell in row}
    meanings = {
        AT_LEAST: "at least, as unrated predictions are in no amount",
        OVER_NOTHING: "more than nothing: too little to show is rated, the rest is in no amount",
        UNKNOWN: "unknown; an empty cell does not apply",
    }
    told = [
        f"{sign} {meaning}"
        for sign, meaning in meanings.items()
        if any(cell.startswith(sign) for cell in cells)
    ]
    return ["; ".join(told)] if told else []


def _predictions(count: int) -> str:
    """How many predictions, in words."""
    return "1 prediction" if count == 1 else f"{count:,} predictions"


def _is_midnight(local: datetime, zone: tzinfo) -> bool:
    """Whether a local day begins there; where midnight is skipped, at the leap."""
    return first_instant(local.date(), zone) == local


def _local(local: datetime, zone: tzinfo) -> str:
    """A local day where it begins, else the local instant with its offset."""
    is_day = _is_midnight(local, zone)
    return local.date().isoformat() if is_day else local.isoformat(timespec="seconds")


def _second_text(instant: datetime) -> str:
    """An instant without fractions of its second."""
    return instant_text(instant.replace(microsecond=0))
