"""From a record that was read to a row of the inbox, whichever way it came."""

from __future__ import annotations

from costing.ingest.stage_row import Rejected, StageRow
from costing.state.inbox import Arrival, Kind, Origin


def arrival_of(row: StageRow | Rejected, origin: Origin, message_id: str = "") -> Arrival:
    """The row for the inbox: facts only, and of a rejected record its reason.

    Args:
        row: what `costing.ingest.row.read_row` made of a record.
        origin: by which way it came.
        message_id: of the message that held this one record, '' for none; a row of a message
            that came before is not taken again.
    """
    kind = Kind.REJECTED if isinstance(row, Rejected) else Kind.RECORD
    return Arrival(origin, kind, row.to_json(), message_id)
