"""Whether every record that was promised is in the ledger, once, and no other is."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from benchmarks.process import costing_environment, measure, python

MOST_NAMED = 5


class RecordsAstray(Exception):
    """The ledger lacks records, has them twice, or has some that nobody sent."""

    def __init__(self, what: str, ids: AbstractSet[str]) -> None:
        named = ", ".join(sorted(ids)[:MOST_NAMED])
        super().__init__(f"{len(ids)} records are {what}: {named}")


def check_presence(
    home: Path,
    promised: AbstractSet[str],
    possible: AbstractSet[str] | None = None,
    *,
    is_inbox_empty: bool,
) -> int:
    """Compare the data directory with what was acknowledged.

    Args:
        promised: ids that must be there.
        possible: ids that may be there beside them: sent, and never answered; None is any.
        is_inbox_empty: whether nothing may be left to fold; else the inbox counts as present.

    Returns:
        How many records the ledger holds.

    Raises:
        RecordsAstray: something was lost or doubled.
    """
    command = python("-m", "benchmarks.presence", home)
    found = json.loads(measure(command, costing_environment(home)).output)
    ledger, inbox = set(found["ledger"]), set(found["inbox"])
    if doubled := {id_ for id_, count in Counter(found["ledger"]).items() if count > 1}:
        raise RecordsAstray("doubled", doubled)
    if is_inbox_empty and inbox:
        raise RecordsAstray("still in the inbox", inbox)
    if missing := promised - ledger - inbox:
        raise RecordsAstray("missing", missing)
    if possible is not None and (strangers := (ledger | inbox) - promised - possible):
        raise RecordsAstray("there and were never sent", strangers)
    return len(ledger)


def _ids(home: Path) -> dict[str, list[str]]:
    """Every id in the ledger and in the inbox, as often as it is there."""
    from costing.clock import system_clock
    from costing.ledger.connection import opened
    from costing.ledger.error import NoLedger
    from costing.lock import Turn
    from costing.state.connection import open_store
    from costing.state.inbox import Kind, pending

    inbox: list[str] = []
    last = 0
    with open_store(home) as store:
        while rows := pending(store, after=last):
            last = rows[-1].number
            inbox += [json.loads(row.body)["id"] for row in rows if row.kind is Kind.RECORD]
    try:
        with opened(home, Turn(clock=system_clock)) as connection:
            rows_of_ledger = connection.execute("select id from prediction").fetchall()
    except NoLedger:
        rows_of_ledger = []
    return {"ledger": [id_ for (id_,) in rows_of_ledger], "inbox": inbox}


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m benchmarks.presence HOME`: print every id."""
    parser = argparse.ArgumentParser(description="Print the ids of all records.")
    parser.add_argument("home", type=Path)
    print(json.dumps(_ids(parser.parse_args(arguments).home)))


if __name__ == "__main__":
    main()
