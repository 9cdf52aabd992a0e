"""Channel `apprise`: whatever the library of that name reaches, as an extra.

Rule of this file: the library says only whether it worked, so every failure may be tried again.

apprise: https://github.com/caronc/apprise
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec

from costing.errors import MissingExtra
from costing.notify.channel import Notice, Outcome, Result
from costing.notify.channel_table import ChannelTable
from costing.notify.secret import SecretPlace
from costing.notify.text import compose


@dataclass(frozen=True, slots=True)
class Apprise:
    """Sends by one address of the library's own kind, which holds its secrets."""

    url: SecretPlace
    can_resolve: bool = False
    most_notices: int = 1
    pause_seconds: float = 0.0

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:  # noqa: ARG002 - a channel
        """Send one notice.

        Raises:
            MissingExtra: the library is not installed.
        """
        if find_spec("apprise") is None:
            raise MissingExtra("a channel of the type apprise", "apprise")
        [notice] = notices
        text = compose(notice)
        return _notify(self.url.read().reveal(), text.headline, "\n".join(text.lines))


def _notify(url: str, title: str, body: str) -> Outcome:
    from logging import NullHandler, getLogger

    from apprise import Apprise as Library

    logger = getLogger("apprise")
    if not logger.handlers:
        logger.addHandler(NullHandler())  # Else it complains on stderr beside us.
    library = Library()
    if not library.add(url):
        return Outcome(Result.RETRY, "apprise does not understand the address")
    if library.notify(body=body or title, title=title):
        return Outcome(Result.DELIVERED)
    return Outcome(Result.RETRY, "apprise could not send it", may_have_arrived=True, is_down=True)


def read_apprise(table: ChannelTable) -> Apprise | None:
    """`type = "apprise"`: `url_variable` or `url_file`; `notes = true` to be told of ends, too."""
    url, notes = table.secret("url"), table.flag("notes")
    return None if url is None else Apprise(url, can_resolve=notes)
