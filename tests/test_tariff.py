"""From settings to the tariff: what is left out that was known only later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from costing.settings import Settings
from costing.tariff import load_tariff


def test_tariff_as_known_on_a_day_has_no_sighting_made_later(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    known_on = datetime(2025, 1, 1, tzinfo=UTC)

    known = load_tariff(settings, known_on=known_on).catalogue
    today = load_tariff(settings).catalogue

    assert known is not None
    assert today is not None
    assert 0 < len(known.models) < len(today.models)
    sightings = [seen for model in known.models for seen in known.observations(model)]
    assert all(seen.seen_until is None or seen.seen_until <= known_on for seen in sightings)
