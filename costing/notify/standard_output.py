"""Channel `stdout`: the words of each alert on standard output, which cron sends as mail."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TextIO

from costing.notify.channel import Notice, Outcome, Result
from costing.notify.channel_table import ChannelTable
from costing.notify.text import compose


@dataclass(frozen=True, slots=True)
class StandardOutput:
    """Writes to the standard output of this process."""

    can_resolve: bool = False
    most_notices: int = 100
    pause_seconds: float = 0.0

    def send(self, notices: Sequence[Notice], now: datetime) -> Outcome:  # noqa: ARG002 - a channel
        """Write the notices; delivered is what the reader's side has taken."""
        if sys.stdout is None:
            return Outcome(Result.RETRY, "standard output is closed", is_down=True)
        text = "".join(f"{compose(notice)}\n" for notice in notices)
        try:
            _write(sys.stdout, text)
        except OSError as error:
            reason = f"standard output: {error.strerror or error}"
            return Outcome(Result.RETRY, reason, may_have_arrived=True, is_down=True)
        return Outcome(Result.DELIVERED)


def _write(stream: TextIO, text: str) -> None:
    """Write as UTF-8, whatever the locale; a notebook's output takes no bytes."""
    stream.flush()
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(text)
        stream.flush()
    else:
        binary.write(text.encode("utf-8", "replace"))
        binary.flush()


STANDARD_OUTPUT: Final = StandardOutput()


def read_standard_output(table: ChannelTable) -> StandardOutput:
    """`type = "stdout"`, with `notes = true` to be told of ends, too."""
    return StandardOutput(can_resolve=table.flag("notes"))
