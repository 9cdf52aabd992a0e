"""How long and how much the client takes before it gives up.

Rule of this file: everything that comes from the network has a bound, and each stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from costing.http.bounds import Bounds
from costing.http.retry import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Bounds):
    """The bounds of one client: those of each request, and these.

    Attributes:
        body_bytes: of one answer, unpacked. A page of 100 records is 0.1 to 2 MB; one whose
            inputs carry files inline can be far larger.
        patience: how often and how long a request is tried again.
    """

    body_bytes: int = 256 * 1024**2
    patience: Patience = field(default_factory=Patience)
