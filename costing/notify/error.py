"""What can be wrong with channels.

FindingsRefused               2  (pricing.error)
└── ChannelFileRefused        2  the channels of a budgets.toml have errors
SettingsError                 2  (costing.errors)
└── SecretMissing             2  what a channel needs is not in its variable or file
"""

from __future__ import annotations

from costing.errors import SettingsError
from pricing.error import FindingsRefused


class ChannelFileRefused(FindingsRefused):
    """Channels with errors in them."""

    kind = "budgets.toml"
    check = "costing budget list"


class SecretMissing(SettingsError):
    """A secret of a channel cannot be had; it is asked for when something is to be sent."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"a channel's secret cannot be read: {reason}",
            where=where,
            help="set the variable, or write the file, that the channel names in budgets.toml",
        )
