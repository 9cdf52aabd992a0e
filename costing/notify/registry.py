"""The kinds of channels: one row each, which names the reader of its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from costing.notify.apprise import read_apprise
from costing.notify.channel import Sender
from costing.notify.channel_table import ChannelTable
from costing.notify.mail import read_mail
from costing.notify.pagerduty import read_pagerduty
from costing.notify.slack import read_slack
from costing.notify.standard_output import read_standard_output
from costing.notify.webhook import read_webhook

KINDS: Final[Mapping[str, Callable[[ChannelTable], Sender | None]]] = MappingProxyType(
    {
        "stdout": read_standard_output,
        "slack": read_slack,
        "pagerduty": read_pagerduty,
        "webhook": read_webhook,
        "mail": read_mail,
        "apprise": read_apprise,
    }
)
"""By `type` in budgets.toml. A reader gives None where it reported what is wrong."""
