"""The catalogue's file is made from the table of sightings, byte for byte."""

from datetime import date

import pytest

from pricing.sku import find_sku
from tools.catalogue_model_hardware import (
    CATALOGUE,
    TABLE,
    interval,
    make_catalogue,
    read_sightings,
)


def test_shipped_catalogue_is_what_the_table_makes() -> None:
    assert make_catalogue(read_sightings(TABLE)) == CATALOGUE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("2026-07-14", (date(2026, 7, 14), date(2026, 7, 15)), id="day"),
        pytest.param("~2025", (date(2025, 1, 1), date(2026, 1, 1)), id="year"),
        pytest.param("", (None, None), id="undated"),
    ],
)
def test_interval_is_as_long_as_the_date_is_vague(
    text: str, wanted: tuple[date | None, date | None]
) -> None:
    assert interval(text) == wanted


def test_interval_refuses_other_texts() -> None:
    with pytest.raises(ValueError, match="July"):
        interval("July 2026")


# Not in the table of hardware names: seen once, in words that nobody else uses for this tier.
OTHER_WORDS = {"Nvidia T4 (High-memory) GPU": "gpu-t4"}


def test_sku_is_what_the_seen_words_name() -> None:
    named = [seen for seen in read_sightings(TABLE) if not seen.hardware.startswith("$")]
    differing = {
        (seen.hardware, seen.sku)
        for seen in named
        if (OTHER_WORDS.get(seen.hardware) or find_sku(seen.hardware).sku) != seen.sku
    }
    assert differing == set()
