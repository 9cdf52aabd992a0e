"""What to do about a record without an amount, by the reason that `charge` gives.

Rule of this file: every reason has one next step, said of many records at once. `pricing.explain`
says it of a single record, with that record's names.
"""

from __future__ import annotations

MENDS: dict[str, str] = {
    "no_hardware": "name its hardware: `costing hardware missing` prints lines for hardware.toml",
    "no_rate": "add a price of this hardware at that time to a book of yours",
    "no_unit_price": "add a price by unit of this model to a book of yours",
    "no_tier": "add a price of this tier of the model to a book of yours",
    "no_run_time": "its times are missing or contradict each other: ingest the record anew",
    "no_quantity": "what it put out is not recorded: name an input field in a book of yours",
    "unknown_status": "its status is unknown to the billing rules: ingest it anew once it ended",
}
"""The next step by reason."""


def mend(reason: str | None) -> str | None:
    """The next step for a reason; None for a reason that nobody has written a step for."""
    return MENDS.get(reason or "")
