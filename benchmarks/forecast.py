"""How far off forecasts of a month are: `python -m benchmarks.forecast [FILE]`.

Every whole month of several real series is forecast in the evening of its day 3, 5, 10, 15, 20 and
25, from the days up to then alone, and held against what the month came to. The same evenings are
told by the run-rate (the mean of the month's days so far goes on) and by the seasonal naive
forecast (the last seven days come again).

Rule of this file: nothing is fitted here; another file with the same columns judges as well.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from statistics import fmean

from benchmarks.contest import Bound, Outcome
from pricing.calendar import Period, first_instant
from reports.forecast import ALERT_DAYS, HISTORY_DAYS, Forecast, forecast_periods, make_question
from reports.history import DaySpend

SERIES = Path(__file__).parent / "series" / "daily.csv"
DAYS_LIVED = (3, 5, 10, 15, 20, 25)
_MIDDLE = 82.5
"""Percent: the middle of the coverage that is to be reached, 75 to 90."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """One evening of one month: all known days up to it, days lived, days of the month, outcome."""

    days: Sequence[DaySpend]
    lived: int
    length: int
    outcome: Decimal

    @property
    def month(self) -> Period:
        """The month that is forecast."""
        first = self.days[-self.lived].day
        return Period(first_instant(first, UTC), first_instant(first + self.length * _DAY, UTC))

    def error_percent(self, total: Decimal) -> float:
        """How far a forecast total is from the outcome."""
        return float(abs(total / self.outcome - 1) * 100)


def compare_forecasts(path: Path = SERIES) -> list[Outcome]:
    """The rows of the table: the error against both others, the interval, and the time it takes."""
    cases = list(read_cases(path))
    begun = time.process_time()
    found = forecast_all(cases)
    taken_ms = (time.process_time() - begun) * 1000 / len(cases)
    ours = fmean(case.error_percent(one.total) for case, one in zip(cases, found, strict=True))
    run_rate = fmean(case.error_percent(extend_mean(case)) for case in cases)
    naive = fmean(case.error_percent(repeat_week(case)) for case in cases)
    covered = 100 * fmean(is_covered(case, one) for case, one in zip(cases, found, strict=True))
    return [
        Outcome(Bound.FORECAST, f"{ours:.2f} %", f"{run_rate:.2f} %", ours / run_rate),
        Outcome(Bound.FORECAST_NAIVE, f"{ours:.2f} %", f"{naive:.2f} %", ours / naive),
        Outcome(Bound.FORECAST_COVERAGE, f"{covered:.1f} %", "80 %", abs(covered - _MIDDLE)),
        Outcome(Bound.FORECAST_TIME, f"{taken_ms:.1f} ms", "", taken_ms),
    ]


def read_cases(path: Path) -> Iterator[Case]:
    """Every whole month of every series with four weeks before it, on each of the days."""
    with path.open(encoding="utf-8", newline="") as lines:
        for _, rows in groupby(csv.DictReader(lines), lambda row: row["series"]):
            days = [
                DaySpend(date.fromisoformat(row["date"]), Decimal(row["value"])) for row in rows
            ]
            yield from _cases(days)


def _cases(days: Sequence[DaySpend]) -> Iterator[Case]:
    """The cases of one series of days without gaps."""
    for first in range(ALERT_DAYS, len(days)):
        length = _days_of_month(days[first].day)
        month = days[first : first + length]
        if days[first].day.day == 1 and len(month) == length:
            outcome = sum((one.amount_usd for one in month), Decimal(0))
            for lived in DAYS_LIVED:
                start = max(0, first - HISTORY_DAYS)
                yield Case(days[start : first + lived], lived, length, outcome)


def _days_of_month(day: date) -> int:
    following = (day.replace(day=28) + 4 * _DAY).replace(day=1)
    return (following - day.replace(day=1)).days


def forecast_all(cases: Sequence[Case]) -> list[Forecast]:
    """Ours, each as known in its evening."""
    return forecast_periods(
        [
            make_question(case.days, case.month, first_instant(case.days[-1].day + _DAY, UTC))
            for case in cases
        ]
    )


def extend_mean(case: Case) -> Decimal:
    """The run-rate: the month so far, as if all its days were the same."""
    return _lived(case) * case.length / case.lived


def repeat_week(case: Case) -> Decimal:
    """Seasonal naive: the last seven days come again."""
    week = [one.amount_usd for one in case.days[-7:]]
    return _lived(case) + sum((week[n % 7] for n in range(case.length - case.lived)), Decimal(0))


def is_covered(case: Case, found: Forecast) -> bool:
    """Whether the outcome lies in the interval; without an interval it does not."""
    if found.low is None or found.high is None:
        return False
    return found.low <= case.outcome <= found.high


def _lived(case: Case) -> Decimal:
    return sum((one.amount_usd for one in case.days[-case.lived :]), Decimal(0))


METHODS: dict[str, Callable[[Case], Decimal]] = {
    "run-rate": extend_mean,
    "seasonal naive": repeat_week,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the mean error in percent by day of the month, and the coverage of the interval."""
    given = sys.argv[1:] if arguments is None else arguments
    cases = list(read_cases(Path(given[0]) if given else SERIES))
    print(f"{'day':18}{''.join(f'{day:8}' for day in DAYS_LIVED)}{'all':>8}")
    found = forecast_all(cases)
    ours = [case.error_percent(one.total) for case, one in zip(cases, found, strict=True)]
    _print_row("weekdays (ours)", cases, ours)
    for name, method in METHODS.items():
        _print_row(name, cases, [case.error_percent(method(case)) for case in cases])
    held = [100.0 * is_covered(case, one) for case, one in zip(cases, found, strict=True)]
    _print_row("80 % interval held", cases, held)
    print(f"{len(cases):,} cases")


def _print_row(name: str, cases: Sequence[Case], values: Sequence[float]) -> None:
    """One line: the mean by day, and over all cases."""
    measured = list(zip((case.lived for case in cases), values, strict=True))
    means = [fmean(value for lived, value in measured if lived == day) for day in DAYS_LIVED]
    means.append(fmean(values))
    print(f"{name:18}{''.join(f'{mean:8.1f}' for mean in means)}")


if __name__ == "__main__":
    main()
