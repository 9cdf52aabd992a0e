"""What is known before a sync asks agrees with what the ledger holds."""

from __future__ import annotations

import pytest

from costing.ledger.connection import connect
from costing.statement import run_statement
from costing.sync.known import is_finished

STATUSES = ("starting", "processing", "succeeded", "failed", "canceled", "aborted", "queued")


@pytest.mark.parametrize("completed_at", [None, "2026-10-01T00:00:00"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_record_has_ended_here_where_it_has_in_the_ledger(
    status: str, completed_at: str | None
) -> None:
    connection = connect()
    run_statement(connection, "ledger/merge", "rules")
    found = connection.execute("select is_finished(?, ?)", [status, completed_at]).fetchone()
    connection.close()

    assert found == (is_finished(status, completed_at),)
