"""What the service itself cannot do at the moment."""

from __future__ import annotations

from costing.errors import CostingError, UsageError


class ServiceBusy(CostingError):
    """As many questions are being answered and waiting as may be."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} questions to the ledger are under way already", help="ask again in a moment"
        )


class TooSlow(CostingError):
    """A question was not answered within its time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the ledger did not answer within {seconds:g} seconds",
            help="ask for a shorter period, or ask again later",
        )


class NotLoopback(UsageError):
    """The service would be open to others, and anybody could ask it."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"the service has no token, so it cannot listen on {host}",
            where="costing serve --host",
            help="make a token first: `costing token create NAME --scope read`; "
            "or listen on 127.0.0.1",
        )


class NoPlace(UsageError):
    """The address is taken, or is none of this machine."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {host}, port {port}: {reason}",
            where="costing serve",
            help="choose another --port, or end the program that has it",
        )
