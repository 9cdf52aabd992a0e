"""Whom one is told of who waited for a stranger in vain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from costing.errors import LedgerLocked
from costing.ledger.error import LedgerBusy
from costing.ledger.stranger import outlast
from costing.lock import Turn
from tests.turn import a_turn

LEDGER = Path("ledger.duckdb")
OURS = LedgerLocked(["process 2 (costing fold)"], LEDGER)
STRANGER = LedgerBusy(LEDGER, "Conflicting lock is held in duckdb (PID 999999999)")


def test_stranger_is_named_though_one_of_ours_who_waits_for_him_has_the_lock() -> None:
    tries: Iterator[LedgerLocked] = iter([STRANGER, OURS])

    def take(_: Turn) -> ExitStack:
        raise next(tries)

    with pytest.raises(LedgerBusy, match="process 999999999"):
        outlast(a_turn(wait_seconds=60), take)


def test_one_of_ours_is_named_where_there_is_no_stranger() -> None:
    def take(_: Turn) -> ExitStack:
        raise OURS

    with pytest.raises(LedgerLocked, match="process 2 "):
        outlast(a_turn(wait_seconds=60), take)
