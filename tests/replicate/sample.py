"""Records as Replicate serves them, of about 2 kB, and what else its interface tells."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta

Json = dict[str, object]

START = datetime(2026, 11, 1, tzinfo=UTC)
VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
_LETTERS = string.ascii_lowercase + string.digits
_LOG = "Using seed: 61042\n" + "".join(f" {at:3}%|####      | {at}/50\n" for at in range(50))
_PROMPT = "a watercolour of a lighthouse in a storm, seen from a small boat, " * 4


def make_id(number: int) -> str:
    """An id in Replicate's spelling: 26 small letters and digits; the same for the same number."""
    return "".join(random.Random(number).choices(_LETTERS, k=26))


def instant_text(instant: datetime) -> str:
    """An instant in the interface's spelling."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def make_prediction(number: int, **changes: object) -> Json:
    """The prediction of a number, made that many seconds after `START`; it succeeded."""
    created = START + timedelta(seconds=number)
    id_ = make_id(number)
    seconds = 3.25 + number % 7
    return {
        "id": id_,
        "model": f"acme/model-{number % 3}",
        "version": VERSION,
        "input": {"prompt": _PROMPT, "seed": number, "guidance": 3.5},
        "logs": _LOG,
        "output": [f"https://replicate.delivery/xezq/{id_}/out-{at}.webp" for at in range(2)],
        "data_removed": False,
        "error": None,
        "source": "web" if number % 10 == 0 else "api",
        "status": "succeeded",
        "created_at": instant_text(created),
        "started_at": instant_text(created + timedelta(seconds=1)),
        "completed_at": instant_text(created + timedelta(seconds=1 + seconds)),
        "urls": {
            "get": f"https://api.replicate.com/v1/predictions/{id_}",
            "cancel": f"https://api.replicate.com/v1/predictions/{id_}/cancel",
        },
        "metrics": {"predict_time": seconds, "total_time": seconds + 1, "image_output_count": 2},
        **changes,
    }


def make_running(number: int) -> Json:
    """The same prediction while it runs."""
    return make_prediction(
        number, status="processing", completed_at=None, output=None, logs="", metrics={}
    )


def make_deployment(name: str, **configuration: object) -> Json:
    """A deployment of `acme` with its first release."""
    return {
        "owner": "acme",
        "name": name,
        "current_release": {
            "number": 1,
            "model": "acme/model-0",
            "version": VERSION,
            "created_at": instant_text(START),
            "created_by": {"type": "organization", "username": "acme", "name": "Acme"},
            "configuration": {
                "hardware": "gpu-t4",
                "min_instances": 0,
                "max_instances": 5,
                **configuration,
            },
        },
    }


def make_model(name: str, **changes: object) -> Json:
    """A public model of `acme`."""
    return {
        "url": f"https://replicate.com/acme/{name}",
        "owner": "acme",
        "name": name,
        "description": "draws lighthouses",
        "visibility": "public",
        "is_official": False,
        "run_count": 12,
        "latest_version": {"id": VERSION, "cog_version": "0.16.0"},
        **changes,
    }
