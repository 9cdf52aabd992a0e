"""The JSON Schema of an answer, which the service's OpenAPI document shows.

Rule of this file: it says of every value whether it may be null, and allows none that it does not
name; tests hold real answers to it. Money is text.
"""

from __future__ import annotations

from typing import TypeAlias

from costing.simulation.envelope import CURRENCY, SCHEMA
from pricing.simulator.load import Load

JsonSchema: TypeAlias = dict[str, object]

_TEXT: JsonSchema = {"type": "string"}
_NUMBER: JsonSchema = {"type": "number"}
_WHOLE: JsonSchema = {"type": "integer"}
_SWITCH: JsonSchema = {"type": "boolean"}
_SHARE: JsonSchema = {"type": "number", "minimum": 0, "maximum": 1}
_USD: JsonSchema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}


def _object(**values: JsonSchema) -> JsonSchema:
    """An object with just these values, all of them present."""
    return {
        "type": "object",
        "properties": values,
        "required": sorted(values),
        "additionalProperties": False,
    }


def _list(one: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": one}


def _or_null(one: JsonSchema, why: str) -> JsonSchema:
    return {"anyOf": [one, {"type": "null"}], "description": f"null: {why}"}


_SPREAD = _object(p5=_NUMBER, p50=_NUMBER, p95=_NUMBER, error=_NUMBER)
_SPREADS = _object(p50=_SPREAD, p95=_SPREAD, p99=_SPREAD)
_POLICY = _object(
    policy=_TEXT,
    kind=_TEXT,
    smallest=_WHOLE,
    largest=_WHOLE,
    cost_usd_p5=_USD,
    cost_usd_p50=_USD,
    cost_usd_p95=_USD,
    cost_usd_mean=_USD,
    error_share=_NUMBER,
    parts_usd={"type": "object", "additionalProperties": _USD},
    wait_seconds=_SPREADS,
    response_seconds=_SPREADS,
    cold_share=_SPREAD,
    overflow_share=_SPREAD,
    timeout_share=_SPREAD,
    utilisation=_SPREAD,
    online=_SPREAD,
    met_share=_SHARE,
)
_RECOMMENDATION = _object(
    policy=_TEXT,
    sentence=_TEXT,
    confidence=_or_null(_SHARE, "it rests on fewer than 100 requests"),
    meets_target=_SWITCH,
)
_SIZING = _object(
    fleet=_or_null(_TEXT, "no fleet meets the target"),
    hybrid=_or_null(_TEXT, "no hybrid meets the target"),
    needed_utilisation=_NUMBER,
    break_even_ratio=_or_null(_NUMBER, "no fleet meets the target"),
    gpus=_list(_object(gpu=_WHOLE, utilisation=_NUMBER, pays=_SWITCH)),
)
_NAIVE = _object(
    gpus=_WHOLE, own_usd=_USD, public_usd=_USD, utilisation=_NUMBER, saving_share=_NUMBER
)
_VOLUME = _object(
    requests_per_day=_NUMBER,
    public_usd=_USD,
    fleet_usd=_or_null(_USD, "no fleet meets the target"),
    hybrid_usd=_or_null(_USD, "no hybrid meets the target"),
)
_INTERVAL = _object(
    opens_after=_or_null(_NUMBER, "it begins below all volumes that were played"),
    opens_by=_NUMBER,
    closes_after=_NUMBER,
    closes_by=_or_null(_NUMBER, "it ends above all volumes that were played"),
)
_BAR = _object(
    name=_TEXT,
    policy=_TEXT,
    low=_NUMBER,
    high=_NUMBER,
    low_usd=_USD,
    high_usd=_USD,
    against_low_usd=_USD,
    against_high_usd=_USD,
    low_wait_seconds_p95=_NUMBER,
    high_wait_seconds_p95=_NUMBER,
)
_SEEN = _or_null({"type": "string", "description": "seconds"}, "no record shows a wait")
_WAITS = _object(count=_WHOLE, p50=_SEEN, p95=_SEEN, p99=_SEEN)
_CALIBRATION = _object(
    came_late=_WHOLE,
    boot_median_seconds=_or_null(_NUMBER, "too few boots were seen, or none"),
    boot_p95_seconds=_or_null(_NUMBER, "too few boots were seen, or none"),
    idle_seconds=_or_null(
        _object(low=_NUMBER, high=_NUMBER), "no timeout tells boots from warm starts"
    ),
)
_POOL = _object(
    name=_TEXT,
    requests=_WHOLE,
    waits_seen=_WAITS,
    waits_modelled=_object(p50=_NUMBER, p95=_NUMBER, p99=_NUMBER),
)
_HISTORY = _object(
    sku=_TEXT,
    start=_TEXT,
    end=_TEXT,
    requests=_WHOLE,
    left_out=_WHOLE,
    charged_usd=_USD,
    replayed_usd=_USD,
    is_reproduced=_SWITCH,
    waits_seen=_WAITS,
    calibration=_or_null(_CALIBRATION, "no deployment or private model was recorded"),
    pool=_or_null(_POOL, "boots and idle timeout are not both known"),
)
_OF_LOAD = {"requests": _WHOLE, "by_hour": _list(_NUMBER)}

ANSWER = _object(
    schema={"const": SCHEMA},
    currency={"const": CURRENCY},
    asked_on={"type": "string", "format": "date"},
    days=_WHOLE,
    seed=_WHOLE,
    replications=_WHOLE,
    monte_carlo_error_share=_NUMBER,
    is_compiled=_SWITCH,
    recommendation=_RECOMMENDATION,
    load=_object(**{name: _OF_LOAD.get(name, _NUMBER) for name in Load.__slots__}),
    rows=_list(_POLICY),
    sizing=_or_null(_SIZING, "no own GPU was named"),
    naive=_or_null(_NAIVE, "no own GPU was named"),
    volumes=_list(_VOLUME),
    break_even=_list(_INTERVAL),
    tornado=_list(_BAR),
    ranges=_list(_BAR),
    history=_or_null(_HISTORY, "the demand is a guess"),
    assumed=_list(_object(name=_TEXT, value=_TEXT, meaning=_TEXT)),
    refused=_list(_TEXT),
    warnings=_list(_TEXT),
    prices=_list(_object(name=_TEXT, as_of=_TEXT)),
)
"""The schema of `costing.simulation.envelope.envelope`."""
