"""The tables of units, selectors and input fields."""

from __future__ import annotations

import pytest

from pricing.error import UnknownUnit
from pricing.unit import (
    InputReading,
    canonical_selector,
    find_unit,
    input_fields,
    selectors,
    units,
)

# The billing metrics of Replicate's API, without the tier selectors among them.
COUNTED_METRICS = """
    audio_output_count character_input_count character_output_count generic_output_count
    image_output_count token_input_count token_output_count training_step_count
    video_output_count video_output_total_pixel_count audio_output_duration_seconds
    video_output_duration_seconds unspecified_billing_metric
"""
TIER_METRICS = "model_variant motion_mode resolution_target resolution_upscale_target with_audio"


@pytest.mark.parametrize("metric", COUNTED_METRICS.split())
def test_billing_metric_counts_exactly_one_unit(metric: str) -> None:
    assert len([unit for unit in units().values() if metric in unit.metrics]) == 1


@pytest.mark.parametrize("metric", TIER_METRICS.split())
def test_tier_metric_shows_a_selector(metric: str) -> None:
    assert canonical_selector(metric) in selectors()


@pytest.mark.parametrize(
    ("unit", "metrics"),
    [
        ("output_image", ("image_output_count", "image_count")),
        ("input_token", ("token_input_count", "input_token_count")),
        ("output_token", ("token_output_count", "output_token_count")),
    ],
)
def test_older_spelling_is_asked_last(unit: str, metrics: tuple[str, ...]) -> None:
    assert find_unit(unit).metrics == metrics


def test_run_is_always_one() -> None:
    assert find_unit("run").fixed_quantity == 1


def test_unknown_unit_names_what_may_be_meant() -> None:
    with pytest.raises(UnknownUnit, match="output_image"):
        find_unit("output_images")


def test_of_a_text_that_is_counted_only_the_length_is_kept() -> None:
    fields = input_fields()

    assert fields["prompt"].reading is InputReading.LENGTH
    assert fields["text"].reading is InputReading.LENGTH


def test_field_may_count_and_select() -> None:
    duration = input_fields()["duration"]

    assert (duration.reading, duration.selector) == (InputReading.NUMBER, "duration")


def test_input_field_shows_one_selector_at_most() -> None:
    shown = [name for one in selectors().values() for name in (*one.inputs, *one.present)]

    assert len(shown) == len(set(shown))
