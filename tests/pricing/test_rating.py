"""Single records come out as the published facts say, and what is unknown stays unrated."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pricing.rating import Basis, Reason, State, Usage, rate
from pricing.rule import BillingClass
from tests.pricing.rating_case import a_subject, a_usage, at, mapped_tariff, shipped_tariff

ZERO = Decimal(0)
LLAMA = "meta/meta-llama-3.1-405b-instruct"
FACTS = {
    "canceled public run on one L40S in 2026": (
        a_usage(a_subject(hardware="gpu-l40s"), "canceled", seconds="0.128148"),
        "0.0001249443",
    ),
    "failed public run, although it ran for minutes": (
        a_usage(a_subject(hardware="gpu-l40s"), "failed", seconds="383.515459"),
        "0",
    ),
    "private run on 2023-07-31, its active part": (
        a_usage(
            a_subject(hardware="gpu-a40-large", deployment="acme/prod"),
            "failed",
            instant="2023-07-31",
            seconds="383.515459",
        ),
        "0.6136247344",
    ),
    "training on a large A40": (
        a_usage(
            a_subject(kind="training", hardware="gpu-a40-large"),
            instant="2024-01-15",
            seconds="502.713876",
        ),
        "0.3644675601",
    ),
    "eight tokens in and 43 out": (
        a_usage(
            a_subject(LLAMA),
            instant="2025-06-01",
            quantities={"token_input_count": "8", "token_output_count": "43"},
        ),
        "0.0004845",
    ),
    "one image under both of its names": (
        a_usage(
            a_subject("black-forest-labs/flux-1.1-pro"),
            quantities={"image_count": "1", "image_output_count": "1"},
        ),
        "0.04",
    ),
    "five asked seconds of video": (
        a_usage(
            a_subject("kwaivgi/kling-v2.1"),
            seconds="125.368277959",
            quantities={"input.duration": "5"},
        ),
        "0.25",
    ),
    "one T4 second on 2023-07-31": (
        a_usage(a_subject(hardware="T4"), instant="2023-07-31", seconds="1"),
        "0.00055",
    ),
    "one T4 second on 2023-11-01": (
        a_usage(a_subject(hardware="T4"), instant="2023-11-01", seconds="1"),
        "0.000225",
    ),
    "ten seconds on an A100": (a_usage(a_subject(hardware="gpu-a100-large")), "0.014"),
    "a trainer with a price of its own": (
        a_usage(
            a_subject("ostris/flux-dev-lora-trainer", kind="training"),
            instant="2025-06-01",
            seconds="1000",
        ),
        "1.528",
    ),
}


def total_usd(usage: Usage) -> Decimal:
    charges = rate(usage, shipped_tariff())
    return sum((charge.amount_usd or Decimal(0) for charge in charges), Decimal(0))


@pytest.mark.parametrize(("usage", "expected"), FACTS.values(), ids=FACTS)
def test_rate_gives_the_published_amount(usage: Usage, expected: str) -> None:
    charges = rate(usage, shipped_tariff())

    assert {charge.state for charge in charges} == {State.RATED}
    assert round(total_usd(usage), 10) == Decimal(expected)


def test_rate_is_not_rounded() -> None:
    usage = a_usage(a_subject(hardware="gpu-l40s"), "canceled", seconds="0.128148")

    assert total_usd(usage) == Decimal("0.000975") * Decimal("0.128148")


def test_private_run_is_a_lower_bound_because_idle_time_is_not_in_the_record() -> None:
    usage = a_usage(a_subject(hardware="gpu-l40s", deployment="acme/prod"))

    (charge,) = rate(usage, shipped_tariff())

    assert (charge.term.class_, charge.is_lower_bound) == (BillingClass.ONLINE_TIME, True)


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        pytest.param(a_usage(a_subject()), Reason.NO_HARDWARE, id="no hardware"),
        pytest.param(
            a_usage(a_subject(hardware="gpu-h900")), Reason.UNKNOWN_HARDWARE, id="no such tier"
        ),
        pytest.param(a_usage(a_subject(hardware="A40")), Reason.NO_RATE, id="withdrawn tier"),
        pytest.param(
            a_usage(a_subject(hardware="T4"), instant="2020-01-01"), Reason.NO_RATE, id="too early"
        ),
        pytest.param(
            a_usage(a_subject(version="hidden", hardware="T4")),
            Reason.NO_UNIT_PRICE,
            id="official model without a price is never priced by time",
        ),
        pytest.param(a_usage(a_subject(LLAMA)), Reason.NO_QUANTITY, id="no tokens"),
        pytest.param(
            a_usage(a_subject(LLAMA), instant="2020-01-01"),
            Reason.NO_UNIT_PRICE,
            id="before its first unit price",
        ),
        pytest.param(
            a_usage(a_subject(hardware="T4"), "exploded"), Reason.UNKNOWN_STATUS, id="status"
        ),
        pytest.param(
            replace(a_usage(a_subject(hardware="T4"), seconds=None), started_at=None),
            Reason.NO_RUN_TIME,
            id="no times",
        ),
        pytest.param(
            replace(a_usage(a_subject(hardware="T4"), seconds="-1"), completed_at=None),
            Reason.NO_RUN_TIME,
            id="negative time",
        ),
    ],
)
def test_rate_leaves_unrated_what_it_does_not_know(usage: Usage, reason: Reason) -> None:
    for charge in rate(usage, shipped_tariff()):
        assert (charge.state, charge.reason) == (State.UNRATED, reason)
        assert charge.amount_usd is None


@pytest.mark.parametrize("status", ["failed", "aborted"])
def test_free_status_costs_nothing_without_hardware_price_or_time(status: str) -> None:
    usage = a_usage(a_subject(), status, seconds=None)

    (charge,) = rate(usage, shipped_tariff())

    assert (charge.state, charge.amount_usd, charge.spared_amount_usd) == (State.RATED, ZERO, None)


def test_free_run_says_what_it_would_have_cost() -> None:
    (charge,) = rate(a_usage(a_subject(hardware="gpu-a100-large"), "failed"), shipped_tariff())

    assert (charge.amount_usd, charge.spared_amount_usd) == (ZERO, Decimal("0.014"))


def test_free_tier_is_another_thing_than_unknown_hardware() -> None:
    unknown, free = a_usage(a_subject()), a_usage(a_subject(), "failed")

    states = [rate(usage, shipped_tariff())[0].state for usage in (unknown, free)]

    assert states == [State.UNRATED, State.RATED]


@pytest.mark.parametrize("status", ["starting", "processing"])
def test_unfinished_run_is_pending(status: str) -> None:
    (charge,) = rate(a_usage(a_subject(hardware="T4"), status), shipped_tariff())

    assert (charge.state, charge.amount_usd, charge.reason) == (State.PENDING, None, None)


def test_time_is_reckoned_from_start_to_completion_where_predict_time_is_missing() -> None:
    (charge,) = rate(a_usage(a_subject(hardware="T4"), seconds=None), shipped_tariff())

    assert (charge.quantity, charge.quantity_basis, charge.is_estimate) == (
        Decimal(10),
        Basis.TIMES,
        True,
    )


def test_canceled_before_it_started_costs_nothing() -> None:
    usage = replace(a_usage(a_subject(hardware="T4"), "canceled", seconds=None), started_at=None)

    (charge,) = rate(usage, shipped_tariff())

    assert (charge.amount_usd, charge.quantity_basis) == (ZERO, Basis.NEVER_RAN)


def test_missing_sibling_counts_as_none_and_makes_a_lower_bound() -> None:
    usage = a_usage(a_subject(LLAMA), quantities={"token_output_count": "43"})

    tokens_in, tokens_out = rate(usage, shipped_tariff())

    assert (tokens_in.amount_usd, tokens_in.is_lower_bound) == (ZERO, True)
    assert (tokens_out.amount_usd, tokens_out.is_lower_bound) == (Decimal("0.0004085"), False)


def test_canceled_run_by_unit_pays_what_was_measured_and_not_what_was_asked() -> None:
    usage = a_usage(a_subject("kwaivgi/kling-v2.1"), "canceled", quantities={"input.duration": "5"})

    (charge,) = rate(usage, shipped_tariff())

    assert (charge.state, charge.amount_usd, charge.is_estimate) == (State.RATED, ZERO, True)


def test_training_is_priced_by_time_although_the_model_has_prices_by_token() -> None:
    usage = a_usage(a_subject(LLAMA, kind="training", hardware="gpu-h100"))

    (charge,) = rate(usage, shipped_tariff())

    assert (charge.term.class_, charge.amount_usd) == (BillingClass.ACTIVE_TIME, Decimal("0.01525"))


@pytest.mark.parametrize("offset", [-1, 0, 1], ids=["before", "at", "after"])
def test_price_change_is_inclusive_of_its_instant(offset: int) -> None:
    change = at("2023-10-30T00:00:00") + timedelta(microseconds=offset)
    usage = a_usage(a_subject(hardware="T4"), seconds="1", instant=change.isoformat())

    assert total_usd(usage) == Decimal("0.00055" if offset < 0 else "0.000225")


def test_a_million_tiny_charges_sum_exactly() -> None:
    usage = a_usage(a_subject(hardware="gpu-h100"), seconds="0.000200000")

    (charge,) = rate(usage, shipped_tariff())

    assert charge.amount_usd is not None
    assert charge.amount_usd * 1_000_000 == Decimal("0.305")


def test_map_calls_a_model_private() -> None:
    tariff = mapped_tariff('[[hardware]]\nmodel = "acme/*"\nsku = "T4"\nbilling = "private"\n')

    (charge,) = rate(a_usage(a_subject(), "failed"), tariff)

    assert (charge.term.class_, charge.pays) == (BillingClass.ONLINE_TIME, "usage")
    assert charge.amount_usd == Decimal("0.00225")


def test_map_calls_a_fine_tune_active_and_its_failure_is_an_estimate() -> None:
    tariff = mapped_tariff('[[hardware]]\nmodel = "acme/*"\nsku = "T4"\nbilling = "active"\n')

    (charge,) = rate(a_usage(a_subject(), "failed"), tariff)

    assert (charge.term.rule, charge.amount_usd) == ("active-time-fine-tune", ZERO)
    assert charge.is_estimate


def test_api_map_book_prices_ten_seconds_on_an_a100_at_its_own_rate() -> None:
    (charge,) = rate(
        a_usage(a_subject(hardware="gpu-a100-large"), instant="2026-04-01"),
        shipped_tariff("api-map"),
    )

    assert charge.amount_usd == Decimal("0.115")
