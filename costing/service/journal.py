"""The service's log: one JSON object a line, on stderr.

Rule of this file: no secret is ever written. Of an address only the path is, since a query string
may hold anything; headers and bodies are not. What is counted by the thousand (webhooks that were
taken, health) is not told one by one, unless it went wrong: `/metrics` has the counts.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

LOGGER = "costing.service"
_FACTS = "facts"


class Journal:
    """Writes events with their facts."""

    def __init__(self) -> None:
        self._logger = logging.getLogger(LOGGER)

    def tell(self, event: str, **facts: object) -> None:
        """Write an event that is as it should be."""
        self._logger.info(event, extra={_FACTS: facts})

    def warn(self, event: str, **facts: object) -> None:
        """Write an event that somebody should look at."""
        self._logger.warning(event, extra={_FACTS: facts})


class JsonLines(logging.Formatter):
    """A record of the log as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is a member of it."""
        members: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        members |= getattr(record, _FACTS, {})
        if record.exc_info:
            members["traceback"] = self.formatException(record.exc_info)
        return json.dumps(members, default=str)


def begin() -> None:
    """Have our events, and uvicorn's warnings, written to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in ((LOGGER, logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
