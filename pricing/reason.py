"""Why a record has no amount, and what to do about it: the one table of reasons.

Rule of this file: every reason has one next step, which names the command that does it. Reports say
it of many records at once, explanations of one, in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why a component of a record is unrated."""

    NO_HARDWARE = "no_hardware"
    UNKNOWN_HARDWARE = "unknown_hardware"  # it is named, and nobody knows the name
    NO_RATE = "no_rate"
    NO_UNIT_PRICE = "no_unit_price"
    NO_TIER = "no_tier"
    NO_RUN_TIME = "no_run_time"
    NO_QUANTITY = "no_quantity"
    UNKNOWN_STATUS = "unknown_status"


_MENDS: Mapping[Reason, str] = {
    Reason.NO_HARDWARE: "`costing hardware missing` prints lines for hardware.toml",
    Reason.UNKNOWN_HARDWARE: (
        "`costing hardware missing` prints lines for hardware.toml that say which tier is meant"
    ),
    Reason.NO_RATE: "`costing prices add` adds a price of that tier then to a book of yours",
    Reason.NO_UNIT_PRICE: "`costing prices add` adds a price by unit to a book of yours",
    Reason.NO_TIER: "`costing prices add` adds a price of that tier to a book of yours",
    Reason.NO_RUN_TIME: "`costing ingest FILE` with the record as Replicate serves it now",
    Reason.NO_QUANTITY: (
        "`costing ingest FILE` with its metrics, or `costing prices add --input-field` with what "
        "asks for it"
    ),
    Reason.UNKNOWN_STATUS: "`costing ingest FILE` with the record once it has ended",
}


def mend(reason: Reason) -> str:
    """Return the next step for a reason.

    >>> mend(Reason.NO_HARDWARE)
    '`costing hardware missing` prints lines for hardware.toml'
    """
    return _MENDS[reason]
