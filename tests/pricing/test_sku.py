"""Names of hardware."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.error import UnknownSku
from pricing.sku import find_sku, skus


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("gpu-t4", "gpu-t4"),
        ("T4", "gpu-t4"),
        ("Nvidia T4 GPU", "gpu-t4"),
        ("nvidia t4", "gpu-t4"),
        ("a40", "gpu-a40-small"),
        ("Nvidia A40 GPU", "gpu-a40-small"),
        ("A40 (Large)", "gpu-a40-large"),
        ("Nvidia A40 (Large) GPU", "gpu-a40-large"),
        ("8x Nvidia A40 (Large) GPU", "gpu-a40-large-8x"),
        ("A100 (40GB)", "gpu-a100-small"),
        ("Nvidia A100 (80GB) GPU", "gpu-a100-large"),
        ("A100 80 GB", "gpu-a100-large"),
        ("A100", "gpu-a100-large"),
        ("gpu-2x-l40s", "gpu-l40s-2x"),
        ("gpu-l40s-2x", "gpu-l40s-2x"),
        ("4x Nvidia L40S GPU", "gpu-l40s-4x"),
        ("L40S x8", "gpu-l40s-8x"),
        ("l40s (2x)", "gpu-l40s-2x"),
        ("H100", "gpu-h100"),
        ("8 x H100", "gpu-h100-8x"),
        ("CPU", "cpu"),
        ("cpu (small)", "cpu-small"),
    ],
)
def test_name_means_a_tier(text: str, sku: str) -> None:
    assert find_sku(text).sku == sku


@pytest.mark.parametrize("text", ["A40", "a40", "nvidia-a40", "A100", "Nvidia A100", "2x A100"])
def test_ambiguous_name_says_what_it_was_taken_for(text: str) -> None:
    match = find_sku(text)

    assert match.note is not None
    assert match.sku.removesuffix("-2x") in match.note


@pytest.mark.parametrize("text", [sku.name for sku in skus().values()] + list(skus()))
def test_name_of_replicate_is_not_ambiguous(text: str) -> None:
    assert find_sku(text).note is None


@pytest.mark.parametrize("text", ["", "gpu", "B200", "2x T4", "16x H100", "A10", "H200", "nvidia"])
def test_unknown_name_is_refused_and_others_are_named(text: str) -> None:
    with pytest.raises(UnknownSku, match=r"did you mean|there are") as caught:
        find_sku(text)

    assert caught.value.text == text


@pytest.mark.parametrize(("sku", "gpu_count"), [("cpu", 0), ("gpu-t4", 1), ("gpu-h100-8x", 8)])
def test_gpu_count(sku: str, gpu_count: int) -> None:
    assert skus()[sku].gpu_count == gpu_count


def test_every_hardware_text_ever_observed_is_known() -> None:
    path = Path(__file__).parents[2] / "pricing" / "observations" / "model_hardware.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))

    wrong = [
        text
        for row in rows
        if not (text := row["hardware_text"]).startswith("$") and find_sku(text).sku != row["sku"]
    ]

    assert rows
    assert wrong == []


@given(st.sampled_from(sorted(skus())), st.sampled_from([str.upper, str.title, str.lower]))
def test_case_and_punctuation_do_not_count(sku: str, change: object) -> None:
    assert callable(change)

    assert find_sku(str(change(sku.replace("-", " ")))).sku == sku
