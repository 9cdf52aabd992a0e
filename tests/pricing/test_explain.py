"""An explanation shows each number of a charge and where it comes from, or what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pricing.explain import explain
from pricing.rating import Reason, Subject, Usage, rate
from tests.pricing.rating_case import a_subject, a_usage, mapped_tariff, shipped_tariff

LLAMA = "meta/meta-llama-3.1-405b-instruct"
UNRATED = {
    Reason.NO_HARDWARE: (a_usage(a_subject()), "costing hardware missing"),
    Reason.UNKNOWN_HARDWARE: (
        a_usage(a_subject(hardware="gpu-h900")),
        'which tier "gpu-h900" means: no tier and no book has that name; the nearest names are',
    ),
    Reason.NO_RATE: (a_usage(a_subject(hardware="A40")), "gpu-a40-small at 2026-03-01T12:00:00Z"),
    Reason.NO_UNIT_PRICE: (a_usage(a_subject(version="hidden")), "a price by unit of acme/face"),
    Reason.NO_TIER: (
        a_usage(a_subject("google/veo-3", selectors=(("with_audio", "perhaps"),))),
        "with_audio 'perhaps' has no price",
    ),
    Reason.NO_RUN_TIME: (
        replace(a_usage(a_subject(hardware="T4"), seconds=None), started_at=None),
        "costing ingest FILE",
    ),
    Reason.NO_QUANTITY: (a_usage(a_subject(LLAMA)), "none of token_input_count"),
    Reason.UNKNOWN_STATUS: (a_usage(a_subject(), "exploded"), "what status 'exploded' pays"),
}


def explained(usage: Usage) -> str:
    return "\n".join(explain(usage, shipped_tariff()))


def test_explanation_shows_every_step_to_the_amount() -> None:
    usage = a_usage(a_subject(hardware="gpu-l40s"), "canceled", seconds="0.128148")

    text = explained(usage)

    for part in (
        "p1, a prediction, canceled",
        "2026-03-01T12:00:00Z, its completed_at",
        "active_time, by rule active-time: canceled pays for what it used",
        "gpu-l40s: the record says so",
        "$0.000975 per second of run time, from replicate@2025-12-01",
        "in force since 2025-12-01T00:00:00Z, without a known end",
        "0.128148 seconds of run time: ",
        "0.128148 × $0.000975 = $0.0001249443, unrounded",
    ):
        assert part in text


def test_explanation_names_the_line_of_the_map() -> None:
    tariff = mapped_tariff('\n\n[[hardware]]\nmodel = "acme/*"\nsku = "T4"\nbilling = "private"\n')

    text = "\n".join(explain(a_usage(a_subject()), tariff))

    assert "gpu-t4: your map says so (hardware.toml:3)" in text
    assert "the record shows only a part of what is billed" in text


def test_explanation_of_several_units_shows_each_and_their_total() -> None:
    quantities = {"token_input_count": "8", "token_output_count": "43"}
    usage = a_usage(a_subject(LLAMA), instant="2025-06-01", quantities=quantities)

    text = explained(usage)

    assert "8 × $0.0000095 = $0.000076, unrounded" in text
    assert "43 × $0.0000095 = $0.0004085, unrounded" in text
    assert "total       $0.0004845" in text


def test_explanation_of_a_free_run_says_what_was_spared() -> None:
    text = explained(a_usage(a_subject(hardware="gpu-a100-large"), "failed"))

    assert "$0.00, as failed pays nothing; it would have cost $0.014" in text


def test_explanation_says_that_an_unfinished_run_is_pending() -> None:
    text = explained(a_usage(a_subject(hardware="T4"), "processing", seconds=None))

    assert "pending: it has not ended" in text


@pytest.mark.parametrize("reason", list(Reason))
def test_explanation_of_an_unrated_record_says_what_is_missing(reason: Reason) -> None:
    usage, part = UNRATED[reason]

    text = explained(usage)

    assert rate(usage, shipped_tariff())[0].reason is reason
    assert f"— unrated: {reason}" in text
    assert part in text
    assert "mend        `costing " in text


@pytest.mark.parametrize(
    ("subject", "instant", "part"),
    [
        (a_subject(hardware="A40"), "2026-03-01", "withdrawn from 2"),
        (a_subject(hardware="A40"), "2020-01-01", "its first price is from 2"),
    ],
    ids=["withdrawn", "before the first price"],
)
def test_explanation_of_a_tier_without_a_price_says_since_when(
    subject: Subject, instant: str, part: str
) -> None:
    text = explained(a_usage(subject, instant=instant))

    assert part in text
    assert rate(a_usage(subject, instant=instant), shipped_tariff())[0].reason is Reason.NO_RATE


@pytest.mark.parametrize("is_given", [True, False])
def test_explanation_tells_hardware_that_was_given_at_ingest(*, is_given: bool) -> None:
    usage = a_usage(a_subject(hardware="gpu-t4"))

    text = "\n".join(explain(usage, shipped_tariff(), is_hardware_given=is_given))

    assert ("gpu-t4: given at ingest" in text) is is_given
    assert ("gpu-t4: the record says so" in text) is not is_given
