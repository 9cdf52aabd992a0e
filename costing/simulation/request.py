"""The question "Replicate, our own GPUs, or both", as a person, a file or a program asks it.

Rule of this file: the class is the table. A field's metadata says under which header of a scenario
file it stands, of which kind it is and what it means; flags, files, the service and sweeps all read
values by it. None is not asked: `costing.simulation.assembly` then assumes, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from decimal import Decimal

from costing.errors import UsageError
from costing.simulation.value import (
    FACTOR,
    FACTORS,
    GIGABYTES,
    HOURS,
    MONEY,
    NAMES,
    SECONDS,
    SPAN,
    SPAN_ABOVE_ZERO,
    SWITCH,
    TEXT,
    WEEK,
    Kind,
    number,
    number_range,
    whole,
)
from pricing.error import suggest
from pricing.simulator.estimate import Estimate

TOP = ""
"""The header of what stands before all headers."""
_ABOVE_ZERO = number(is_low_allowed=False)
_SHARE = number(0, 1)


def _row(header: str, kind: Kind, meaning: str) -> Mapping[str, object]:
    return {"header": header, "kind": kind, "meaning": meaning}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRequest:
    """What is asked; money in US dollars, times in seconds. See the metadata of each field."""

    days: int | None = field(
        default=None, metadata=_row(TOP, whole(1, 366), "length of the period")
    )
    replications: int | None = field(
        default=None, metadata=_row(TOP, whole(2, 2000), "how often the period is played")
    )
    seed: int | None = field(
        default=None, metadata=_row(TOP, whole(0, 2**31), "begin of all random numbers")
    )
    patience: float | None = field(
        default=None, metadata=_row(TOP, SPAN, "clients leave after waiting so long")
    )
    accept_old_prices: bool | None = field(
        default=None, metadata=_row(TOP, SWITCH, "take prices older than a year")
    )
    policies: tuple[str, ...] | None = field(
        default=None, metadata=_row(TOP, NAMES, "what to compare")
    )

    requests_per_day: float | None = field(
        default=None, metadata=_row("demand", _ABOVE_ZERO, "mean over a week, in digits: 20000")
    )
    seconds: float | None = field(
        default=None,
        metadata=_row("demand", number(1e-9, 31e6), "mean run time"),
    )
    scv: float | None = field(
        default=None,
        metadata=_row("demand", number(0, 1000), "variance of run times over mean squared"),
    )
    week: tuple[float, ...] | None = field(
        default=None, metadata=_row("demand", WEEK, "profile of the week")
    )
    burstiness: float | None = field(
        default=None,
        metadata=_row(
            "demand", number(0, 1000), "variance of the minute rate over its mean squared"
        ),
    )
    growth_per_week: float | None = field(
        default=None,
        metadata=_row(
            "demand", number(0, 100, is_low_allowed=False), "factor from one week to the next"
        ),
    )
    calendar: tuple[float, ...] | None = field(
        default=None, metadata=_row("demand", FACTORS, "factor of each day, in turn")
    )

    from_history: bool | None = field(
        default=None, metadata=_row("history", SWITCH, "take the demand from the ledger")
    )
    model: str | None = field(
        default=None, metadata=_row("history", TEXT, "only models of this name or pattern")
    )
    from_: str | None = field(
        default=None, metadata=_row("history", TEXT, "first day or instant of it")
    )
    to: str | None = field(
        default=None, metadata=_row("history", TEXT, "end of it, itself not included")
    )
    last: str | None = field(
        default=None, metadata=_row("history", TEXT, "span before now, instead of from and to")
    )
    resample_weeks: bool | None = field(
        default=None, metadata=_row("history", SWITCH, "draw whole weeks instead of replaying")
    )
    growth: float | None = field(
        default=None,
        metadata=_row(
            "history", number(0, 1000, is_low_allowed=False), "factor on what was recorded"
        ),
    )

    hardware: str | None = field(
        default=None, metadata=_row("replicate", TEXT, "tier that the run times are on")
    )
    now_on: str | None = field(
        default=None,
        metadata=_row("replicate", TEXT, "tier that it would run on now, if that one is not sold"),
    )
    book: str | None = field(default=None, metadata=_row("replicate", TEXT, "price book"))
    other_hardware: tuple[str, ...] | None = field(
        default=None, metadata=_row("replicate", NAMES, "other tiers to compare")
    )
    idle_timeout: Estimate | None = field(
        default=None, metadata=_row("replicate", SECONDS, "seconds until an idle one goes off")
    )
    requests_per_boot: Estimate | None = field(
        default=None,
        metadata=_row("replicate", number_range(1, 1_000_000), "waiting requests a boot"),
    )
    boot_median: float | None = field(
        default=None, metadata=_row("replicate", SPAN_ABOVE_ZERO, "median boot of a deployment")
    )
    boot_p95: float | None = field(
        default=None, metadata=_row("replicate", SPAN_ABOVE_ZERO, "95th percentile of it")
    )

    own_gpu: str | None = field(
        default=None, metadata=_row("own", TEXT, "kind of GPU of our own; none for none")
    )
    offer: str | None = field(default=None, metadata=_row("own", TEXT, "words of the offer's name"))
    own_price: Decimal | None = field(
        default=None, metadata=_row("own", MONEY, "for one GPU-hour, instead of an offer")
    )
    own_time: Estimate | None = field(
        default=None, metadata=_row("own", FACTOR, "run time on it over that on the tier")
    )
    own_boot_median: float | None = field(
        default=None, metadata=_row("own", SPAN_ABOVE_ZERO, "median boot of a GPU of our own")
    )
    own_boot_p95: float | None = field(
        default=None, metadata=_row("own", SPAN_ABOVE_ZERO, "95th percentile of it")
    )
    autoscaler: str | None = field(
        default=None, metadata=_row("own", TEXT, "preset by which own GPUs come and go")
    )
    interruptions_per_hour: Estimate | None = field(
        default=None, metadata=_row("own", number_range(1e-6, 1000), "spot: taken back so often")
    )

    target_wait: float | None = field(
        default=None, metadata=_row("target", SPAN, "longest wait at the percentile")
    )
    target_percentile: float | None = field(
        default=None,
        metadata=_row("target", number(0, 99.999, is_low_allowed=False), "percentile of waits"),
    )
    target_overflow: float | None = field(
        default=None, metadata=_row("target", _SHARE, "largest share that may overflow")
    )
    target_cost: Decimal | None = field(
        default=None, metadata=_row("target", MONEY, "largest cost of the period")
    )

    ops_hours: Decimal | None = field(
        default=None, metadata=_row("overheads", HOURS, "work of people in 30 days")
    )
    ops_hour_price: Decimal | None = field(
        default=None, metadata=_row("overheads", MONEY, "for an hour of it")
    )
    tooling: Decimal | None = field(
        default=None, metadata=_row("overheads", MONEY, "tools, for 30 days")
    )
    storage_gb: Decimal | None = field(
        default=None, metadata=_row("overheads", GIGABYTES, "images and weights")
    )
    storage_gb_price: Decimal | None = field(
        default=None, metadata=_row("overheads", MONEY, "for a GB and 30 days")
    )
    egress_gb_per_request: Decimal | None = field(
        default=None, metadata=_row("overheads", GIGABYTES, "leaves the network")
    )
    egress_gb_price: Decimal | None = field(
        default=None, metadata=_row("overheads", MONEY, "for a GB of it")
    )

    volume_factor: Estimate | None = field(
        default=None, metadata=_row("uncertainty", FACTOR, "of the number of requests")
    )
    seconds_factor: Estimate | None = field(
        default=None, metadata=_row("uncertainty", FACTOR, "of run times")
    )
    price_factor: Estimate | None = field(
        default=None, metadata=_row("uncertainty", FACTOR, "of prices of own GPUs")
    )
    boot_factor: Estimate | None = field(
        default=None, metadata=_row("uncertainty", FACTOR, "of boot times")
    )
    public_wait: Estimate | None = field(
        default=None, metadata=_row("uncertainty", SECONDS, "median wait of the public pool")
    )


_FIELDS = {one.name.rstrip("_"): one for one in fields(ScenarioRequest)}
"""By the name that people write: `from` is a word of Python's own."""


def field_names() -> tuple[str, ...]:
    """All that may be asked, in the order of the documentation."""
    return tuple(_FIELDS)


def values_of(request: ScenarioRequest) -> dict[str, object]:
    """All values of a request by name; None is not asked."""
    return {name: getattr(request, row.name) for name, row in _FIELDS.items()}


def make_request(values: Mapping[str, object]) -> ScenarioRequest:
    """A request of typed values, by name."""
    made = {_row_of(name).name: value for name, value in values.items()}
    return ScenarioRequest(**made)  # type: ignore[arg-type]


def header_of(name: str) -> str:
    """Under which header of a scenario file a value stands; empty for none."""
    return str(_row_of(name).metadata["header"])


def meaning_of(name: str) -> str:
    """What a value is, in one phrase."""
    return str(_row_of(name).metadata["meaning"])


def kind_of(name: str) -> Kind:
    """Which kind of value it is."""
    kind = _row_of(name).metadata["kind"]
    assert isinstance(kind, Kind)
    return kind


def read_value(name: str, raw: object) -> object:
    """The typed value.

    Raises:
        UsageError: there is no value of this name.
        ValueError: it cannot be that; the message says why.
    """
    return kind_of(name).read(raw)


def read_request(given: Mapping[str, object], *, spelled: str = "{}") -> ScenarioRequest:
    """A request from loose values; None is not given.

    Args:
        spelled: how a name is written where they came from, for errors.

    Raises:
        UsageError: there is no value of a name, or it cannot be what it is.
    """
    values: dict[str, object] = {}
    for name, raw in given.items():
        if raw is None:
            continue
        try:
            values[name] = read_value(name, raw)
        except ValueError as error:
            shown = spelled.format(name.replace("_", "-") if spelled != "{}" else name)
            raise UsageError(
                f'{shown} cannot be "{raw}": {error}', help=meaning_of(name)
            ) from error
    return make_request(values)


def overlay(beneath: ScenarioRequest, above: ScenarioRequest) -> ScenarioRequest:
    """The first request with all that the second one asks."""
    asked = {name: value for name, value in values_of(above).items() if value is not None}
    return make_request(values_of(beneath) | asked)


def _row_of(name: str) -> Field[object]:
    if name not in _FIELDS:
        from difflib import get_close_matches

        near = get_close_matches(name, _FIELDS, n=2)
        raise UsageError(f'no scenario value "{name}"', help=suggest(near, tuple(_FIELDS)))
    return _FIELDS[name]
