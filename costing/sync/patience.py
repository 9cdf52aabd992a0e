"""Which records that have not ended are asked for again, and which are given up.

Rule of this file: pure. A record that Replicate does not know any more is asked for again for some
days, in case it was out of reach only; one that never ends is asked for once a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costing.sync.known import Unfinished

MISSING_ASKED = timedelta(days=7)
"""How long a record is asked for after Replicate first said that there is none."""

OLD = timedelta(days=7)
"""A record that has not ended so long after it was created is not likely to."""

OLD_ASKED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """What is remembered of asking again.

    Attributes:
        missing: by id, when Replicate first said that there is no such record.
        old_asked_at: when those that never end were asked for last.
    """

    missing: Mapping[str, datetime] = field(default_factory=dict)
    old_asked_at: datetime | None = None

    def due(self, unfinished: Iterable[Unfinished], now: datetime) -> list[Unfinished]:
        """Those of the unfinished records that are to be asked for now."""
        is_old_due = self._is_old_due(now)
        return [
            one
            for one in unfinished
            if (is_old_due or not _is_old(one, now)) and not self._is_given_up(one.id, now)
        ]

    def after(self, open_ids: Set[str], missing: Set[str], now: datetime) -> Patience:
        """What is remembered when they were asked for.

        Args:
            open_ids: ids of all that have not ended as far as is known now; others are forgotten.
            missing: ids that Replicate did not know this time.
        """
        firsts = {**dict.fromkeys(missing, now), **self.missing}
        kept = {id_: at for id_, at in firsts.items() if id_ in open_ids}
        return Patience(kept, now if self._is_old_due(now) else self.old_asked_at)

    def to_text(self) -> str:
        """As a cursor keeps it."""
        missing = {id_: instant.isoformat() for id_, instant in sorted(self.missing.items())}
        asked_at = self.old_asked_at and self.old_asked_at.isoformat()
        return json.dumps({"missing": missing, "old_asked_at": asked_at})

    def _is_old_due(self, now: datetime) -> bool:
        """Whether they were not asked for lately; an instant in the future is a wrong clock's."""
        return self.old_asked_at is None or abs(now - self.old_asked_at) >= OLD_ASKED_EVERY

    def _is_given_up(self, id_: str, now: datetime) -> bool:
        first = self.missing.get(id_)
        return first is not None and now - first >= MISSING_ASKED


def read_patience(text: str | None) -> Patience:
    """What `Patience.to_text` wrote; None is nothing."""
    if text is None:
        return Patience()
    kept = json.loads(text)
    missing = {id_: datetime.fromisoformat(at) for id_, at in kept["missing"].items()}
    asked_at = kept["old_asked_at"]
    return Patience(missing, asked_at and datetime.fromisoformat(asked_at))


def _is_old(one: Unfinished, now: datetime) -> bool:
    return one.created_at is not None and now - one.created_at > OLD
