"""Prediction records as Replicate serves them, for tests that need many."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

Record = dict[str, object]

VERSIONS = ("a" * 64, "b" * 64, "hidden")
START = datetime(2026, 10, 1, tzinfo=UTC)


def record_id(number: int) -> str:
    """An id in Replicate's spelling: 26 small letters and digits."""
    letters = string.ascii_lowercase + string.digits
    return "".join(letters[(number * 7 + place * 11) % 36] for place in range(25)) + letters[number]


def instant_text(instant: datetime) -> str:
    """An instant in the API's spelling."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def life(number: int, seconds: int, status: str, **more: object) -> list[Record]:
    """All that is ever served of one prediction: starting, processing, and its end."""
    created = START + timedelta(minutes=number)
    started = created + timedelta(seconds=2)
    base: Record = {
        "id": record_id(number),
        "model": f"acme/model-{number % 3}",
        "version": VERSIONS[number % 3],
        "created_at": instant_text(created),
        **more,
    }
    end: Record = {
        "status": status,
        "started_at": instant_text(started),
        "completed_at": instant_text(started + timedelta(seconds=seconds)),
        "metrics": {"predict_time": seconds + 0.125, "total_time": seconds + 2.125},
    }
    return [
        {**base, "status": "starting", "started_at": None, "completed_at": None, "metrics": {}},
        {**base, "status": "processing", "started_at": instant_text(started), "metrics": {}},
        {**base, **end},
    ]


def lives() -> st.SearchStrategy[list[Record]]:
    """Observations of a few predictions, in any order, with repeats; each ends in one way."""
    endings = st.tuples(st.integers(1, 900), st.sampled_from(["succeeded", "failed", "canceled"]))
    return st.lists(endings, min_size=1, max_size=5).flatmap(
        lambda drawn: st.lists(
            st.sampled_from([one for place, end in enumerate(drawn) for one in life(place, *end)]),
            min_size=1,
            max_size=20,
        )
    )


@st.composite
def partial_observations(draw: st.DrawFn) -> list[Record]:
    """Parts of what may be known of some predictions, as any source may tell them."""
    return [part for number in range(6) for part in draw(_parts_of_one(number))]


def _part_of(record: Record, draw: st.DrawFn) -> Record:
    """An observation that leaves out some of what a record says; one of its instants stays."""
    said = {**record}
    left_out = draw(st.sets(st.sampled_from(sorted(said.keys() - {"id", "status"}))))
    for name in left_out:
        del said[name]
    for owner in ("metrics", "tags"):
        members = said.get(owner)
        if isinstance(members, dict) and members:
            kept = draw(st.sets(st.sampled_from(sorted(members))))
            said[owner] = {name: members[name] for name in sorted(kept)}
    if not any(said.get(name) for name in ("created_at", "started_at", "completed_at")):
        said["created_at"] = record["created_at"]
    return said


@st.composite
def _parts_of_one(draw: st.DrawFn, number: int) -> list[Record]:
    """Parts of what may be known of one prediction: starting, processing or at its end."""
    status = draw(st.sampled_from(["succeeded", "failed", "canceled", "aborted", "exploded"]))
    other = {"image_count": 2, "own": "x", "else": [1], "resolution_target": "720p"}
    starting, processing, ended = life(
        number,
        10,
        status,
        source="api",
        account="acme",
        deployment="acme/live",
        hardware="gpu-t4",
        tags={"team": "search", "stage": "test"},
        input={"duration": 5, "mode": "pro"},
    )
    exact = {"predict_time": 1.2345678912345, "total_time": 12.125, **other}
    end = {**ended, "metrics": exact, "error": "odd", "data_removed": True}
    states = draw(st.lists(st.sampled_from([starting, processing, end]), min_size=1, max_size=4))
    return [_part_of(state, draw) for state in states]
