"""budgets.toml: the user's budgets, read and checked.

    [[budget]]
    name = "search"                         # unique
    limit_usd = "500"                       # in quotes; a whole number may stand without
    period = "month"                        # day, week, month, quarter, year, custom
    zone = "Europe/Berlin"                  # optional: else the setting `timezone`
    scope = ["model=acme/*", "tag:team=search"]     # optional: as a report's --where
    thresholds = ["50%", "80%", "$450", "forecast 100%"]
    burn = ["1h+6h 10x"]                    # both windows at 10 times the even pace
    channels = ["slack"]                    # optional

The rule this file owns: what is written is either understood or refused with its line; nothing is
ignored. All mistakes of a file are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from unicodedata import normalize

from costing.budget.alert import Basis
from costing.budget.budget import Budget, BurnWindow, PeriodKind, Threshold
from costing.budget.scope import read_condition
from costing.quotation import quote_line
from pricing.error import FindingsRefused, PricingError
from pricing.money import AMOUNT_SCALE, parse_decimal
from pricing.toml_table import TomlTable, parse_toml
from reports.derivations.anomalies import Kind
from reports.dimension import Reach
from reports.errors import ReportError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from reports.dimension import Condition

CUSTOM_YEARS = range(2000, 3000)
MOST_CUSTOM_DAYS = 3_660
MOST_THRESHOLDS = 50
MOST_TEXTS = 1_000
"""Conditions of one scope, or channels of one budget."""
MOST_USD = Decimal(10) ** 15
DEFAULT_THRESHOLDS = ("80%", "100%", "forecast 100%")
DEFAULT_STALENESS = "36h"
DEFAULT_UNRATED_PERCENT = "5"
DEFAULT_EPISODES = 3
MOST_BUDGETS = 10_000
MOST_CHANGE_SCOPES = 20
"""Scopes whose changes are looked for, each by one report; those that differ only in models, in
periods and zones alike, are one."""

_HEADER = "budget"
_KNOWN_TOP = frozenset({_HEADER, "channel"})
_FIELDS = frozenset(
    {
        *("name", "limit_usd", "period", "zone", "from", "until", "scope", "thresholds", "burn"),
        *("channels", "strict", "anomalies", "max_staleness", "max_unrated_percent"),
        *("max_episodes", "note"),
    }
)
_DAYS = ", ".join(f'"{kind}"' for kind in Kind if kind.is_of_days)
_ONLY_DAYS = f"write anomalies = [{_DAYS}] here, and anomalies = true in a budget for all"
_NAME = re.compile(r"[\w][\w .:/@+-]{0,79}")
_THRESHOLD = re.compile(
    r"(?:(actual|forecast)\s+)?(?:([0-9]+(?:\.[0-9]+)?)\s*%|(?:\$|usd\s)\s*([0-9]+(?:\.[0-9]+)?))",
    re.IGNORECASE | re.ASCII,
)
_SPAN = r"[1-9][0-9]{0,3}[mhd]"
_BURN = re.compile(rf"({_SPAN})\s*\+\s*({_SPAN})\s+([0-9]+(?:\.[0-9]+)?)\s*x", re.ASCII)
_SPAN_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"([1-9][0-9]{0,3})([mhdw])", re.ASCII)
_LONGEST_WINDOW = timedelta(days=31)
_AMOUNT_DIGITS = 18


class BudgetFileRefused(FindingsRefused):
    """A budgets.toml with errors in it."""

    kind = "budgets.toml"
    check = "costing budget list"


@dataclass(frozen=True, slots=True)
class BudgetFile:
    """What a budgets.toml says.

    Attributes:
        budgets: in the order of the file.
    """

    budgets: tuple[Budget, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the budgets, in the order of the file."""
        return tuple(budget.name for budget in self.budgets)


def read_budget_file(content: bytes, path: str, zone: ZoneInfo) -> BudgetFile:
    """Read a budgets.toml.

    Args:
        content: the file's bytes.
        path: its name, for the place of errors.
        zone: of budgets that name none.

    Raises:
        BudgetFileRefused: the file has errors, all of them listed with their lines.
    """
    file, values = parse_toml(content, path)
    if values is not None:
        top = TomlTable(file, values)
        top.check_names(_KNOWN_TOP)
        tables = top.tables(_HEADER)
        if len(tables) > MOST_BUDGETS:
            top.report(_HEADER, f"more than {MOST_BUDGETS:,} budgets", "divide the file")
        budgets = tuple(_read_budget(table, zone) for table in tables)
        _refuse_repeats(tables, budgets)
        _refuse_many_changes(tables, budgets)
        if not file.findings:
            return BudgetFile(budgets)
    raise BudgetFileRefused(file.findings)


def _read_budget(table: TomlTable, zone: ZoneInfo) -> Budget:
    """One budget; where a value is refused, something harmless stands for it."""
    table.check_names(_FIELDS)
    name = normalize("NFC", table.required_text("name", 'give it a name: name = "search"'))
    table.label = f"budget {name!r}" if name else ""
    if name and not _NAME.fullmatch(name):
        table.report("name", f"{name!r} is no name", "use letters, digits, spaces and . : / @ + -")
    known_kinds = tuple(kind.value for kind in PeriodKind)
    kind = PeriodKind(table.choice("period", known_kinds, PeriodKind.MONTH))
    first_day, end_day = table.day("from"), table.day("until")
    is_custom = kind is PeriodKind.CUSTOM
    if is_custom:
        _check_days(table, first_day, end_day)
    if not is_custom and {"from", "until"} & table.values.keys():
        stray = "from" if "from" in table.values else "until"
        table.report(stray, f"{stray} is of custom periods only", 'write period = "custom"')
    return Budget(
        name=name,
        limit_usd=_positive(table, "limit_usd") or Decimal(1),
        kind=kind,
        zone=_read_zone(table, zone),
        first_day=first_day,
        end_day=end_day,
        scope=_read_scope(table),
        thresholds=_read_thresholds(table),
        burns=_read_burns(table),
        channels=_read_channels(table),
        is_strict=table.flag("strict"),
        anomalies=_read_anomalies(table),
        max_staleness=_read_age(table),
        max_unrated_percent=_read_share(table),
        max_episodes=_read_episodes(table),
        line=table.line,
    )


def _check_days(table: TomlTable, first_day: date | None, end_day: date | None) -> None:
    """Refuse a custom period without its two days, or one that nobody can mean."""
    help_text = "write from = 2026-11-01 and until = 2027-02-01, the first day after it"
    if first_day is None or end_day is None or end_day <= first_day:
        message = "a custom period needs a day `from` and a later day `until`"
        table.report("period", message, help_text)
    elif first_day.year not in CUSTOM_YEARS or (end_day - first_day).days > MOST_CUSTOM_DAYS:
        years = f"from {CUSTOM_YEARS.start} to {CUSTOM_YEARS.stop - 1}"
        message = f"a custom period begins in a year {years}, and has at most"
        table.report("from", f"{message} {MOST_CUSTOM_DAYS:,} days", help_text)


def _refuse_repeats(tables: Sequence[TomlTable], budgets: Sequence[Budget]) -> None:
    """Refuse a name that two budgets bear, since alerts are remembered by it."""
    first_lines: dict[str, int] = {}
    for table, budget in zip(tables, budgets, strict=True):
        if budget.name in first_lines:
            line = first_lines[budget.name]
            table.report("name", f"the name stands in line {line} already", "choose another name")
        elif budget.name:
            first_lines[budget.name] = budget.line


def _refuse_many_changes(tables: Sequence[TomlTable], budgets: Sequence[Budget]) -> None:
    """Refuse changes of so many scopes that a check would never end."""
    scopes: set[object] = set()
    for table, budget in zip(tables, budgets, strict=True):
        if budget.has_changes:
            _refuse_unseen_changes(table, budget)
            others = frozenset(one for one in budget.scope if one.dimension.name != "model")
            scopes.add((budget.kind, budget.zone, budget.first_day, budget.end_day, others))
            if len(scopes) > MOST_CHANGE_SCOPES:
                message = f"changes are looked for in at most {MOST_CHANGE_SCOPES} different scopes"
                more = "; scopes that differ only in models count as one"
                table.report("anomalies", message, f"{_ONLY_DAYS}{more}")
                return


def _refuse_unseen_changes(table: TomlTable, budget: Budget) -> None:
    """Refuse changes of a scope that is known only once runs are priced: run times are not."""
    for one in budget.scope:
        if one.dimension.reach is not Reach.RECORD:
            message = f"changes cannot be looked for by {one.dimension.name}"
            table.report("anomalies", message, _ONLY_DAYS)
            return


def _positive(table: TomlTable, name: str) -> Decimal | None:
    """A number above zero: in quotes, or a whole one without."""
    if name not in table.values:
        table.report(name, f"{name} is missing", f'add a line such as {name} = "500"')
        return None
    value = table.values[name]
    number: Decimal | None
    if type(value) is int:
        number = Decimal(value)
    elif type(value) is float:
        message = f"{name} is a float, which cannot hold money"
        table.report(name, message, f'write it in quotes: {name} = "500"')
        return None
    else:
        number = table.decimal(name, digits=_AMOUNT_DIGITS, scale=min(AMOUNT_SCALE, 9))
    if number is not None and not 0 < number < MOST_USD:
        message = f"{name} must be more than 0 and less than {MOST_USD:,f}"
        table.report(name, message, f'write for example {name} = "500"')
        return None
    return number


def _read_zone(table: TomlTable, default: ZoneInfo) -> ZoneInfo:
    from costing.errors import UsageError
    from costing.instant import find_zone

    text = table.text("zone")
    try:
        return find_zone(text) if text else default
    except UsageError as error:
        table.report("zone", error.what, 'write for example zone = "Europe/Berlin"')
        return default


def _texts(
    table: TomlTable, name: str, default: Sequence[str], most: int = MOST_TEXTS
) -> list[str]:
    """A list of texts; a single text is a list of one."""
    value = table.values.get(name)
    if value is None:
        return list(default)
    several = value if isinstance(value, list) else [value]
    texts = [one for one in several if isinstance(one, str)]
    if len(texts) != len(several):
        table.report(name, f"{name} must be texts", f'write {name} = ["…", "…"]')
    if len(texts) > most:
        table.report(name, f"{name} has more than {most:,} entries", "divide them")
    return texts[:most]


def _read_channels(table: TomlTable) -> tuple[str, ...]:
    """Names of channels, each once; none is all, and an empty list might mean nobody."""
    if table.values.get("channels") == []:
        help_text = "leave it out to tell all channels of the file, or name one"
        table.report("channels", "channels is empty", help_text)
    return tuple(dict.fromkeys(_texts(table, "channels", ())))


def _read_scope(table: TomlTable) -> tuple[Condition, ...]:
    conditions = []
    for text in _texts(table, "scope", ()):
        try:
            conditions.append(read_condition(text))
        except ReportError as error:
            table.report("scope", error.what, error.help)
    return tuple(conditions)


def _read_thresholds(table: TomlTable) -> tuple[Threshold, ...]:
    found: list[Threshold] = []
    for text in _texts(table, "thresholds", DEFAULT_THRESHOLDS, MOST_THRESHOLDS):
        match = _THRESHOLD.fullmatch(text.strip())
        level = Decimal(match[2] or match[3]) if match else Decimal()
        if match is None or level <= 0 or len(level.as_tuple().digits) > _AMOUNT_DIGITS:
            table.report(
                "thresholds",
                f"{quote_line(text)!r} is no threshold",
                'write for example "80%", "$450", "forecast 100%"',
            )
            continue
        basis = Basis((match[1] or Basis.ACTUAL).lower())
        one = _make_threshold(basis, level, found, is_percent=match[2] is not None)
        if any(one.threshold_id == other.threshold_id for other in found):
            table.report("thresholds", f"{text!r} stands there twice", "remove one")
        found.append(one)
    return tuple(found)


def _make_threshold(
    basis: Basis, level: Decimal, found: Sequence[Threshold], *, is_percent: bool
) -> Threshold:
    """A threshold with its stable id."""
    if is_percent:
        from pricing.money import shortest

        return Threshold(basis, f"{basis}:{shortest(level)}pct", percent=level)
    number = sum(one.basis is basis and one.percent is None for one in found) + 1
    return Threshold(basis, f"{basis}:amount{number}", fixed_usd=level)


def _read_burns(table: TomlTable) -> tuple[BurnWindow, ...]:
    found: dict[str, BurnWindow] = {}
    for text in _texts(table, "burn", ()):
        match = _BURN.fullmatch(text.strip())
        short, long = (_span(match[1]), _span(match[2])) if match else (timedelta(), timedelta())
        if match is None or not short < long <= _LONGEST_WINDOW or Decimal(match[3]) <= 0:
            table.report(
                "burn",
                f"{text!r} is no pair of windows",
                'write for example "1h+6h 10x": a short and a longer window, at most 31 days, '
                "and how many times the even pace",
            )
            continue
        window = BurnWindow(short, long, Decimal(match[3]), f"{match[1]}+{match[2]}")
        if window.written in found:
            table.report("burn", f"the windows {window.written} stand there twice", "remove one")
        found[window.written] = window
    return tuple(found.values())


def _read_anomalies(table: TomlTable) -> tuple[Kind, ...]:
    """The kinds of findings that are told: all, none, or those that a list names."""
    value = table.values.get("anomalies", False)
    if isinstance(value, bool):
        return tuple(Kind) if value else ()
    known = ", ".join(f'"{one}"' for one in Kind)
    found = []
    for text in _texts(table, "anomalies", ()):
        if text in set(Kind):
            found.append(Kind(text))
        else:
            help_text = f"write anomalies = true, or a list of {known}"
            table.report("anomalies", f"{text!r} is no kind of anomaly", help_text)
    return tuple(dict.fromkeys(found))


def _span(text: str) -> timedelta:
    return timedelta(**{_SPAN_UNITS[text[-1]]: int(text[:-1])})


def _read_age(table: TomlTable) -> timedelta | None:
    """The age from which on data is stale; None for "never"."""
    text = table.text("max_staleness", DEFAULT_STALENESS)
    if text == "never":
        return None
    if _AGE.fullmatch(text):
        return _span(text)
    table.report("max_staleness", f"{text!r} is no age", 'write for example "36h", or "never"')
    return None


def _read_share(table: TomlTable) -> Decimal | None:
    """The share of unrated predictions that is told; None for "never"."""
    if table.values.get("max_unrated_percent") == "never":
        return None
    value = table.values.get("max_unrated_percent", DEFAULT_UNRATED_PERCENT)
    text = str(value) if type(value) is int or isinstance(value, str) else ""
    try:
        share = parse_decimal(text, digits=9, scale=6)
    except PricingError:
        share = Decimal(-1)
    if not 0 <= share <= 100:
        table.report(
            "max_unrated_percent",
            "max_unrated_percent must be from 0 to 100",
            'write for example max_unrated_percent = "5", or "never"',
        )
    return share


def _read_episodes(table: TomlTable) -> int:
    value = table.values.get("max_episodes", DEFAULT_EPISODES)
    if type(value) is int and 1 <= value <= 100:
        return value
    table.report("max_episodes", "max_episodes must be from 1 to 100", "write max_episodes = 3")
    return DEFAULT_EPISODES
