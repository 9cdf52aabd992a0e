"""A ledger of ten million records over a year, built through the product's own ingest.

Rule of this file: the ledger is kept and used again. Its folder bears a digest of the schema and
of what invents the records, so that one built for another schema is never taken for today's.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from benchmarks.facts import NOTHING, Facts, check_ledger
from benchmarks.generate import GENERATOR, digest_of
from benchmarks.process import BUILD, ROOT, costing, costing_environment, measure, python

FILES = 10
RECORDS = 10_000_000
_LAYOUT = ROOT / "costing" / "ledger" / "schema"


def year_ledger(records: int = RECORDS) -> Path:
    """The data directory of the ledger, built unless it is there.

    Raises:
        FactsDiffer: the ledger does not hold what was ingested.
    """
    home = BUILD / f"ledger-{records}-{digest_of(GENERATOR, _LAYOUT)}"
    if not (home / "facts.json").exists():
        shutil.rmtree(home, ignore_errors=True)
        facts = _ingest_year(home, records)
        check_ledger(home, facts)
        (home / "facts.json").write_text(json.dumps(asdict(facts)), encoding="utf-8")
    return home


def _ingest_year(home: Path, records: int) -> Facts:
    """Invent the year file by file, take each in, and count it; only one is on the disk."""
    facts = NOTHING
    part = BUILD / "part.jsonl"
    count = records // FILES
    for number in range(FILES):
        recipe = ("--count", str(count), "--first", str(number * count), "--total", str(records))
        measure(python("-m", "benchmarks.generate", part, *recipe))
        measure(costing("ingest", part), costing_environment(home))
        facts += Facts(**json.loads(measure(python("-m", "benchmarks.facts", part)).output))
        part.with_name(f"{part.name}.facts.json").unlink()
        part.unlink()
    return facts


def main() -> None:
    """`python -m benchmarks.ledger_10m`: build it if need be, and print where it is."""
    print(year_ledger())


if __name__ == "__main__":
    main()
