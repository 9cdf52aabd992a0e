"""Exact rating and a month's report over the year's ledger, against the same without the exactness.

Rule of this file: everything here runs in one process, whose start is not measured; it prints its
figures as JSON. The reference in double is the product's own view with `double` in place of
`decimal`, over the same terms: the same join by construction.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from benchmarks.contest import Bound, Outcome, compare_times
from benchmarks.process import Measured, costing_environment, measure, python

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.settings import Settings

REFERENCE = Path(__file__).parent / "sql" / "reference"
MONTH = "2026-03"
MONTH_BOUNDS = {"month_start": "2026-03-01", "month_end": "2026-04-01"}
BEFORE_BOUNDS = MONTH_BOUNDS | {"before_start": "2026-02-01"}
SUM_OF_AMOUNTS = "select sum(amount_usd) from charge"
SUM = "select sum(amount_usd), count(amount_usd) from charge"
Series = dict[str, list[tuple[float, float]]]
"""Wall and processor seconds of every round, by contender."""

DECIMAL = re.compile(r"decimal\(\d+, \d+\)")
DOUBLE_ERROR = 1e-9
"""Most that a sum of ten million doubles may differ from the exact one, as a part of it."""


class SumsDiffer(Exception):
    """Two ways to the same sum do not agree."""

    def __init__(self, what: str, ours: object, reference: object) -> None:
        super().__init__(f"{what}: ours {ours}, reference {reference}")


def compare_rating(home: Path, repeats: int) -> list[Outcome]:
    """The rows on rating and the month's report, measured in a process of their own."""
    command = python("-m", "benchmarks.rating", home, "--repeats", str(repeats))
    printed = json.loads(measure(command, costing_environment(home)).output)
    figures = {name: [Measured(*one) for one in series] for name, series in printed.items()}
    return [
        compare_times(Bound.RATING, figures["exact"], figures["double"]),
        compare_times(Bound.MONTH, figures["month"], figures["unpriced"]),
        compare_times(Bound.MONTH_COLD, figures["month_cold"], figures["unpriced"]),
    ]


def measure_year(home: Path, repeats: int) -> Series:
    """What each contender takes over the ledger of `home`, in turn."""
    from costing.settings import load_settings

    settings = load_settings()
    figures: Series = {}
    with _exact(settings) as exact, _double(exact, home) as double:
        _check_sums(exact, double)
        both = {"exact": lambda: _fetch(exact, SUM), "double": lambda: _fetch(double, SUM)}
        figures |= _interleave(both, repeats)
    _check_month(settings, home)
    months: dict[str, Callable[[], object]] = {
        "month": lambda: _report_month(settings),
        "unpriced": lambda: _group_month(home),
    }
    figures |= _interleave(months, repeats)
    figures |= _interleave({"month_cold": lambda: _report_month_cold(settings)}, 1)
    return figures


def _interleave(contenders: Mapping[str, Callable[[], object]], repeats: int) -> Series:
    """Wall and processor seconds of each contender, in turn: A B A B …."""
    seconds: Series = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, contender in contenders.items():
            begin, processor_begin = perf_counter(), process_time()
            contender()
            seconds[name].append((perf_counter() - begin, process_time() - processor_begin))
    return seconds


@contextmanager
def _exact(settings: Settings) -> Iterator[DuckDBPyConnection]:
    """The ledger with the product's views, as a report opens it."""
    from costing.clock import system_clock
    from costing.lock import Turn
    from costing.rated_ledger import Rating, rated_ledger
    from costing.tariff import tariff_source

    turn = Turn(clock=system_clock)
    with rated_ledger(settings, Rating(tariff_source(settings)), turn) as connection:
        yield connection


@contextmanager
def _double(exact: DuckDBPyConnection, home: Path) -> Iterator[DuckDBPyConnection]:
    """The same ledger, terms and views, with doubles in place of decimals."""
    import duckdb

    from costing.statement import read_statement

    path = home / "double.duckdb"
    if not path.exists():
        _copy_in_double(home, path)
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        _copy_terms(exact, connection, home)
        for name in ("steady_term", "tags_own", "measure", "used", "charge"):
            text = read_statement("ledger/views", name)
            connection.execute(DECIMAL.sub("double", text))
        yield connection


def _copy_in_double(home: Path, path: Path) -> None:
    """Copy the ledger's usage into a database of doubles."""
    import duckdb

    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with duckdb.connect(str(partial)) as connection:
        connection.execute(f"attach '{home / 'ledger.duckdb'}' as ledger (read_only)")
        connection.execute(_reference("double_ledger"))
    partial.replace(path)


def _copy_terms(exact: DuckDBPyConnection, double: DuckDBPyConnection, home: Path) -> None:
    """Give the doubles the very terms that the exact rating uses."""
    files = {name: str(home / f"double-{name}.parquet") for name in ("term", "rule_pay")}
    for name, file in files.items():
        exact.execute(f"copy {name} to '{file}' (format parquet)")
    for statement in double.extract_statements(_reference("double_term")):
        double.execute(statement, {name: files[name] for name in statement.named_parameters})


def _check_sums(exact: DuckDBPyConnection, double: DuckDBPyConnection) -> None:
    """Both ways must rate the same records and come to the same sum.

    Raises:
        SumsDiffer: they do not.
    """
    [(exact_usd, exact_count)] = _fetch(exact, SUM)
    [(double_usd, double_count)] = _fetch(double, SUM)
    if not isinstance(exact_usd, Decimal) or not isinstance(double_usd, float):
        raise SumsDiffer("types of the sums", type(exact_usd), type(double_usd))
    is_near = abs(float(exact_usd) - double_usd) <= DOUBLE_ERROR * double_usd
    if exact_count != double_count or not is_near or not double_count:
        raise SumsDiffer("the year", (exact_usd, exact_count), (double_usd, double_count))


def _check_month(settings: Settings, home: Path) -> None:
    """The report must count what the grouping counts, and cost what its charges sum up to.

    Raises:
        SumsDiffer: they do not.
    """
    counted = sum(int(str(row[3])) for row in _group_month(home) if row[2])
    with _exact(settings) as connection:
        [(amount_usd,)] = connection.execute(
            f"{SUM_OF_AMOUNTS} where charged_at >= $month_start and charged_at < $month_end",
            MONTH_BOUNDS,
        ).fetchall()
    reported_usd, reported = _report_month(settings)
    if (reported, reported_usd) != (counted, amount_usd):
        raise SumsDiffer("the month", (reported, reported_usd), (counted, amount_usd))


def _report_month(settings: Settings) -> tuple[Decimal, int]:
    """Amount and count of the month's report, as Python callers get it."""
    import costing
    from costing.request import ReportRequest

    table = costing.open(settings).report_table(ReportRequest(name="monthly", month=MONTH))
    names = [column.name for column in table.columns]
    amounts = [row[names.index("amount_usd")] for row in table.rows]
    counts = [row[names.index("predictions")] for row in table.rows]
    amount_usd = sum((amount for amount in amounts if isinstance(amount, Decimal)), Decimal(0))
    return amount_usd, sum(int(str(count)) for count in counts)


def _report_month_cold(settings: Settings) -> None:
    """The month's report when nothing has been compiled yet."""
    shutil.rmtree(settings.home / "cache", ignore_errors=True)
    _report_month(settings)


def _group_month(home: Path) -> list[tuple[object, ...]]:
    """The grouping of the month without prices, on a connection as fresh as the report's."""
    import duckdb

    with duckdb.connect(str(home / "ledger.duckdb"), read_only=True) as connection:
        return connection.execute(_reference("month_without_prices"), BEFORE_BOUNDS).fetchall()


def _fetch(connection: DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query).fetchall()


def _reference(name: str) -> str:
    return (REFERENCE / f"{name}.sql").read_text(encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.rating HOME --repeats 5`: print what each contender took as JSON."""
    parser = argparse.ArgumentParser(description="Measure rating and reports over a ledger.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    print(json.dumps(measure_year(options.home, options.repeats)))


if __name__ == "__main__":
    main()
