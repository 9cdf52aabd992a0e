"""A question that is answered in a second or two."""

from __future__ import annotations

from costing.simulation.request import ScenarioRequest, read_request


def small_question(**more: object) -> ScenarioRequest:
    values: dict[str, object] = {
        "requests_per_day": 2000,
        "seconds": 6,
        "hardware": "gpu-a100-large",
        "days": 7,
        "replications": 5,
    }
    return read_request(values | more)


SMALL = (
    *("--requests-per-day", "2000", "--seconds", "6", "--hardware", "gpu-a100-large"),
    *("--days", "7", "--replications", "5"),
)
