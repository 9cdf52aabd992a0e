"""How long and how much the client takes before it gives up.

Rule of this file: everything that comes from the network has a bound, and each stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from costing.replicate.retry import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one client.

    Attributes:
        connect_seconds: until a connection stands.
        read_seconds: between two pieces of an answer.
        write_seconds: until a piece of a request is taken.
        pool_seconds: until a connection is free.
        answer_seconds: for one whole answer, however steadily it drips.
        body_bytes: of one answer, unpacked. A page of 100 records is 0.1 to 2 MB; one whose
            inputs carry files inline can be far larger.
        patience: how often and how long a request is tried again.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    write_seconds: float = 30.0
    pool_seconds: float = 30.0
    answer_seconds: float = 300.0
    body_bytes: int = 256 * 1024**2
    patience: Patience = field(default_factory=Patience)
