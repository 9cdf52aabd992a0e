"""What the server of `server.py` knows: records in pages, and single resources.

Lists are newest first, 100 a page, behind an opaque cursor. A cursor names the last record served,
so records that arrive later move nothing; `overlap` makes the server repeat records from page to
page all the same, and `is_shuffled` mixes each page, as a list that is not stable would.
"""

from __future__ import annotations

import base64
import json
import random
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.replicate.sample import Json, make_deployment, make_model

PAGE_RECORDS = 100
WEB_DAYS = 14  # How far `source=web` reaches back.


@dataclass(order=True)
class Entry:
    """One record in a list; it sorts by age and keeps its place when it changes."""

    created_at: datetime
    id: str
    is_web: bool = field(compare=False)
    listed: bytes = field(compare=False)
    single: bytes = field(compare=False)

    @classmethod
    def of(cls, record: Json) -> Entry:
        single = {name: value for name, value in record.items() if name != "source"}
        return cls(
            datetime.fromisoformat(str(record["created_at"])),
            str(record["id"]),
            record.get("source") == "web",
            to_bytes(record),
            to_bytes(single),
        )


class RecordList:
    """Predictions or trainings."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.overlap = 0
        self.is_shuffled = False
        self._entries: list[Entry] = []  # Oldest first.
        self._by_id: dict[str, Entry] = {}

    def put(self, *records: Json) -> None:
        """Take new records, and new states of known ones, which keep their place."""
        for entry in map(Entry.of, records):
            known = self._by_id.get(entry.id)
            if known is None:
                insort(self._entries, entry)
                self._by_id[entry.id] = entry
            else:
                known.listed, known.single = entry.listed, entry.single

    def forget(self, id_: str) -> None:
        """Serve a record no more."""
        self._entries.remove(self._by_id.pop(id_))

    def single(self, id_: str) -> bytes | None:
        """One record, as it is served by itself."""
        entry = self._by_id.get(id_)
        return entry.single if entry else None

    def page(self, base: str, query: dict[str, str], now: datetime) -> bytes:
        """One page of the list that a query narrows."""
        chosen = self._chosen(query, now)
        cursor = read_cursor(query["cursor"]) if "cursor" in query else None
        end = len(chosen) if cursor is None else bisect_left(chosen, cursor, key=_key)
        end = end if cursor is None else min(len(chosen), end + self.overlap)
        begin = max(0, end - PAGE_RECORDS)
        shown = chosen[begin:end][::-1]
        following = "null"
        if begin > 0:
            kept = {name: value for name, value in query.items() if name != "cursor"}
            address = urlencode({**kept, "cursor": write_cursor(shown[-1])})
            following = f'"{base}/{self.name}?{address}"'
        if self.is_shuffled:
            random.Random(begin).shuffle(shown)
        results = b",".join(entry.listed for entry in shown)
        return b'{"next":%s,"previous":null,"results":[%s]}' % (following.encode(), results)

    def _chosen(self, query: dict[str, str], now: datetime) -> list[Entry]:
        chosen = self._entries
        if "created_after" in query or "created_before" in query:
            begin = self._place(query.get("created_after"), 0)
            chosen = chosen[begin : self._place(query.get("created_before"), len(chosen))]
        if query.get("source") == "web":
            oldest = now - timedelta(days=WEB_DAYS)
            chosen = [entry for entry in chosen if entry.is_web and entry.created_at >= oldest]
        return chosen

    def _place(self, text: str | None, default: int) -> int:
        if text is None:
            return default
        instant = datetime.fromisoformat(text).astimezone(UTC)
        return bisect_left(self._entries, instant, key=lambda entry: entry.created_at)


class Store:
    """All that the server serves."""

    def __init__(self) -> None:
        self.predictions = RecordList("predictions")
        self.trainings = RecordList("trainings")
        self.deployments: list[Json] = [make_deployment("lighthouse")]
        self.models: list[Json] = [make_model("model-0")]
        self.hardware: list[Json] = [
            {"sku": "cpu", "name": "CPU"},
            {"sku": "gpu-t4", "name": "Nvidia T4 GPU"},
        ]
        self.account: Json = {"type": "organization", "username": "acme", "name": "Acme"}
        self.webhook_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        self.now = datetime(2026, 11, 21, tzinfo=UTC)

    def answer(self, base: str, path: list[str], query: dict[str, str]) -> bytes | None:
        """The body at a path below the base; None if there is nothing."""
        match path:
            case ["predictions", *id_]:
                return _list_or_single(self.predictions, id_, base, query, self.now)
            case ["trainings", *id_]:
                narrow = {name: query[name] for name in query if name == "cursor"}
                return _list_or_single(self.trainings, id_, base, narrow, self.now)
            case ["deployments" | "models" as kind, owner, name]:
                of_kind = self.deployments if kind == "deployments" else self.models
                return _find(of_kind, owner, name)
            case _:
                return self._plain.get("/".join(path), lambda: None)()

    @property
    def _plain(self) -> dict[str, Callable[[], bytes | None]]:
        """What stands at a path by itself."""
        return {
            "deployments": lambda: to_bytes({"next": None, "results": self.deployments}),
            "hardware": lambda: to_bytes(self.hardware),
            "account": lambda: to_bytes(self.account),
            "webhooks/default/secret": lambda: to_bytes({"key": self.webhook_key}),
        }


def to_bytes(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def write_cursor(entry: Entry) -> str:
    """An opaque text that names a record and its place."""
    return base64.urlsafe_b64encode(f"{entry.created_at.isoformat()} {entry.id}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, str]:
    created_at, _, id_ = base64.urlsafe_b64decode(cursor).decode().partition(" ")
    return datetime.fromisoformat(created_at), id_


def _key(entry: Entry) -> tuple[datetime, str]:
    return entry.created_at, entry.id


def _list_or_single(
    records: RecordList, id_: list[str], base: str, query: dict[str, str], now: datetime
) -> bytes | None:
    match id_:
        case []:
            return records.page(base, query, now)
        case [one]:
            return records.single(one)
        case _:
            return None


def _find(resources: Iterable[Json], owner: str, name: str) -> bytes | None:
    found = (one for one in resources if (one["owner"], one["name"]) == (owner, name))
    return next(map(to_bytes, found), None)
