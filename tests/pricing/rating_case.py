"""Single records for tests of rating, under the shipped prices and rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from pricing.book import load_book
from pricing.hardware_map import HardwareMap, read_hardware_map
from pricing.rule import shipped_rules
from pricing.term import Tariff
from pricing.usage import Subject, Usage

NO_READINGS: Mapping[str, str] = {}


def at(text: str) -> datetime:
    """Read an instant; without an offset it is in UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def a_subject(model: str = "acme/face", **facts: object) -> Subject:
    """A subject of which only what matters is named."""
    known = {"subject_id": 1, "kind": "prediction", "account": "", "version": "v1", **facts}
    return Subject(model=model, **known)  # type: ignore[arg-type]


def a_usage(
    subject: Subject,
    status: str = "succeeded",
    *,
    instant: str = "2026-03-01T12:00:00",
    seconds: str | None = "10",
    quantities: Mapping[str, str] = NO_READINGS,
) -> Usage:
    """A record that completed at an instant after some seconds of run time."""
    completed_at = at(instant)
    return Usage(
        prediction_id="p1",
        subject=subject,
        status=status,
        created_at=completed_at - timedelta(seconds=20),
        started_at=completed_at - timedelta(seconds=10),
        completed_at=completed_at,
        charged_at=completed_at,
        predict_seconds=None if seconds is None else Decimal(seconds),
        quantities={key: Decimal(value) for key, value in quantities.items()},
    )


@cache
def shipped_tariff(book: str = "replicate") -> Tariff:
    """The prices and rules that come with the product, without map or catalogue."""
    return Tariff(load_book(book, folders=()), shipped_rules())


def mapped_tariff(text: str) -> Tariff:
    """The shipped tariff with a hardware.toml."""
    shipped = shipped_tariff()
    return Tariff(shipped.book, shipped.rules, a_map(text))


def a_map(text: str) -> HardwareMap:
    """The map that a hardware.toml of this text is."""
    return read_hardware_map(text.encode(), "hardware.toml")
