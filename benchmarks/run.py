"""All benchmarks: `make bench`.

Rule of this file: it writes to stdout alone, unless `--write` asks for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.budgets import compare_budgets
from benchmarks.contest import TITLES, Outcome
from benchmarks.forecast import compare_forecasts
from benchmarks.ingesting import compare_ingest
from benchmarks.ledger_10m import FILES, RECORDS, year_ledger
from benchmarks.process import ROOT
from benchmarks.rating import compare_rating
from benchmarks.service import QUICK_WEBHOOKS, WEBHOOKS, compare_service
from benchmarks.simulator import compare_simulator
from benchmarks.starting import ROUNDS, compare_start
from benchmarks.state import COMMITS, QUICK_COMMITS, compare_state
from benchmarks.sync import QUICK_RECORDS, compare_sync
from benchmarks.sync import RECORDS as SYNC_RECORDS

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
LINES = 1_000_000
QUICK_LINES = 100_000
METHOD = (
    "Method: every result is checked first (counts, distinct ids and exact sums, counted by plain "
    "Python from the same file). Then contenders run in turn, A B A B …, {repeats} times (the "
    "starts {starts}); medians; `processor` is the same figure of processor times, which other "
    "programs disturb less. Ingests and starts are whole processes, the program's start included, "
    "with the kernel's own figure of their peak memory; rating and reports run in one process over "
    "a ledger that was built by {files} ingests, `charge` summed whole, the report through "
    "`costing.open()`; its reference groups the same two months, the report's and the one before. "
    "{lines:,} lines a file, {records:,} records in the year's ledger, about 30,000 combinations "
    "of model, version, deployment and hardware. The inbox's writers append {commits:,} rows, "
    "each a commit of its own that is on the disk, while a third process reads and deletes. "
    "A sync is a whole process, from an empty data directory until its {synced:,} records are in "
    "the ledger, with its looks at deployments and models; its reference is a process that asks "
    "for the same records page after page with the same client and keeps none. The server is a "
    "Python process of ours on the same machine: once it lets 50 requests a second through, as "
    "Replicate's limit does in the long run, and once as many as it can, where it shares the cores "
    "with both contenders and its own speed is most of what is measured. "
    "Forecasts are held against what really came, on 1,044 evenings of real daily series "
    "(docs/forecast.md)."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks and print their table; 1 where a bound is missed."""
    options = _parse(arguments)
    lines = QUICK_LINES if options.quick else LINES
    records = RECORDS // 10 if options.quick else RECORDS
    commits = QUICK_COMMITS if options.quick else COMMITS
    webhooks = QUICK_WEBHOOKS if options.quick else WEBHOOKS
    synced = QUICK_RECORDS if options.quick else SYNC_RECORDS
    groups: dict[str, Callable[[], list[Outcome]]] = {
        "ingest": lambda: compare_ingest(lines, options.repeats),
        "rating": lambda: compare_rating(year_ledger(records), options.repeats),
        "budgets": lambda: compare_budgets(year_ledger(records), options.repeats),
        "state": lambda: compare_state(commits, options.repeats),
        "service": lambda: compare_service(webhooks, options.repeats),
        "sync": lambda: compare_sync(synced, options.repeats),
        "forecast": compare_forecasts,
        "simulator": lambda: compare_simulator(options.repeats),
        "start": lambda: compare_start(options.repeats),
    }
    outcomes: list[Outcome] = []
    for name, compare in groups.items():
        if name in (options.only or groups):
            print(f"{name} ...", file=sys.stderr, flush=True)
            outcomes += compare()
    print("\n".join(_grid([TITLES, *(outcome.cells() for outcome in outcomes)])))
    print(f"\n{_machine()}")
    if options.write:
        method = METHOD.format(
            repeats=options.repeats,
            starts=ROUNDS * options.repeats,
            files=FILES,
            lines=lines,
            records=records,
            commits=commits,
            synced=synced,
        )
        _write_page(outcomes, method)
    return int(not all(outcome.is_met for outcome in outcomes))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Run the benchmarks.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, for trying")
    parser.add_argument("--write", action="store_true", help=f"update {PAGE.relative_to(ROOT)}")
    parser.add_argument("--repeats", type=int, default=5)
    groups = ["ingest", "rating", "budgets", "state", "service", "sync", "forecast"]
    groups += ["simulator", "start"]
    parser.add_argument("--only", nargs="+", choices=groups)
    return parser.parse_args(arguments)


def _grid(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _machine() -> str:
    """What the figures were taken on, without naming it."""
    return (
        f"Taken on {datetime.now(UTC):%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores, "
        f"{_memory_gib():.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, duckdb {importlib.metadata.version('duckdb')}."
    )


def _processor() -> str:
    """The kind of processor as Linux calls it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else "unknown processor"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _write_page(outcomes: Sequence[Outcome], method: str) -> None:
    """Put the figures between the markers of the page; what stands around them stays."""
    text = PAGE.read_text(encoding="utf-8")
    head, found_begin, rest = text.partition(BEGIN)
    _, found_end, tail = rest.partition(END)
    if not found_begin or not found_end:
        raise SystemExit(f"{PAGE} has no {BEGIN} … {END}")
    rows = [TITLES, tuple("---" for _ in TITLES), *(outcome.cells() for outcome in outcomes)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    PAGE.write_text(
        f"{head}{BEGIN}\n{table}\n\n{_machine()}\n\n{method}\n{END}{tail}", encoding="utf-8"
    )


if __name__ == "__main__":
    sys.exit(main())
