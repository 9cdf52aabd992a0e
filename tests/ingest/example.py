"""Records and small helpers that the tests of ingest share."""

import json
from collections.abc import Iterator
from pathlib import Path

from costing.ingest.record import read_json_record
from costing.ingest.source import open_source, rows
from costing.ingest.stage_row import Rejected, Rejection, StageRow


def make_record(**changes: object) -> dict[str, object]:
    """A public model's record as Replicate serves it, with some fields changed."""
    return {
        "id": "ufawqhfynnddngldkgtslldrkq",
        "model": "owner/name",
        "version": "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
        "status": "succeeded",
        "created_at": "2025-11-01T00:00:00.000000Z",
        "started_at": "2025-11-01T00:00:01.451676Z",
        "completed_at": "2025-11-01T00:00:06.671314Z",
        "data_removed": True,
        "error": None,
        "source": "api",
        "input": {},
        "output": None,
        "logs": "",
        "urls": {"get": "https://api.replicate.com/v1/predictions/ufawqhfynnddngldkgtslldrkq"},
        "metrics": {"predict_time": 5.219638328, "total_time": 6.671314},
        **changes,
    }


def record_bytes(**changes: object) -> bytes:
    return json.dumps(make_record(**changes)).encode()


def read(text: bytes, **options: bytes) -> StageRow | Rejection:
    return read_json_record(text, line=1, hash_key=options.get("hash_key"))


def read_row(**changes: object) -> StageRow:
    row = read(record_bytes(**changes))
    assert isinstance(row, StageRow), row
    return row


def read_rejection(**changes: object) -> Rejection:
    row = read(record_bytes(**changes))
    assert isinstance(row, Rejection), row
    return row


def read_file(path: Path) -> list[tuple[int, StageRow | Rejected]]:
    with open_source(path) as source:
        return list(rows(source))


def write_file(folder: Path, content: bytes, name: str = "source") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def ids(path: Path) -> list[str]:
    """The ids of the rows taken, `!` and the reason of those refused."""
    return list(_ids(path))


def _ids(path: Path) -> Iterator[str]:
    for _, row in read_file(path):
        yield row.id if isinstance(row, StageRow) else f"!{row.reason}"
