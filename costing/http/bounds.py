"""How long one request may take. Everything that comes from the network has a bound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The bounds of one request and its answer.

    Attributes:
        connect_seconds: until a connection stands.
        read_seconds: between two pieces of an answer.
        write_seconds: until a piece of a request is taken.
        pool_seconds: until a connection is free.
        answer_seconds: for one whole answer, however steadily it drips.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    write_seconds: float = 30.0
    pool_seconds: float = 30.0
    answer_seconds: float = 300.0
