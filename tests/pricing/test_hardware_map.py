"""hardware.toml is read with file and line, its first word counts, and its mistakes are listed."""

from __future__ import annotations

import tomllib

import pytest

from pricing.hardware_map import (
    Billing,
    HardwareMapRefused,
    check_hardware_map,
    read_hardware_map,
    write_entry,
)
from tests.pricing.rating_case import a_map, a_subject

TWO = """\
# The exception stands above the rule.
[[hardware]]
model = "acme/face"
sku = "T4"

[[hardware]]
model = "acme/*"
version = "v*"
sku = "gpu-l40s"
billing = "private"
"""


def test_entries_know_their_line() -> None:
    assert [entry.where for entry in a_map(TWO).entries] == ["hardware.toml:2", "hardware.toml:6"]


def test_matching_entries_come_in_the_order_of_the_file() -> None:
    matching = a_map(TWO).matching(a_subject("acme/face"))

    assert [entry.sku for entry in matching] == ["gpu-t4", "gpu-l40s"]
    assert matching[1].billing is Billing.PRIVATE


@pytest.mark.parametrize(
    ("pattern", "is_matched"),
    [
        ('model = "acme/*"', True),
        ('model = "ACME/*"', False),
        ('version = "v?"', True),
        ('model = "acme/*"\nversion = "x*"', False),
        ('deployment = "*"', False),
    ],
)
def test_patterns_match_all_of_their_kinds(pattern: str, is_matched: bool) -> None:
    entry = a_map(f'[[hardware]]\n{pattern}\nsku = "T4"\n').entries[0]

    assert entry.matches(a_subject()) is is_matched


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[hardware]", "not TOML"),
        ('[[hardware]]\nsku = "T4"\n', "names nothing"),
        ('[[hardware]]\nmodel = "a/b"\n', "says nothing"),
        ('[[hardware]]\nmodel = "a/b"\nsku = "gpu-t44"\n', "unknown hardware 'gpu-t44'"),
        ('[[hardware]]\nmodel = "a/b"\nsku = 4\n', "sku must be text"),
        ('[[hardware]]\nmodel = "a/b"\nsku = "T4"\nbilling = "free"\n', "billing 'free'"),
        ('[[hardware]]\nmodel = "a/b"\nsku = "T4"\nuntill = 2026-01-01\n', "did you mean until"),
        ('[[hardware]]\nmodel = "a/b"\nsku = "T4"\nfrom = 2026-01-01T00:00:00\n', "offset"),
        (
            '[[hardware]]\nmodel = "a/b"\nsku = "T4"\nfrom = 2026-01-02\nuntil = 2026-01-02\n',
            "until is not after from",
        ),
        ('[[hardwear]]\nmodel = "a/b"\n', "did you mean hardware"),
    ],
)
def test_a_map_with_a_mistake_is_refused_with_what_to_do(text: str, message: str) -> None:
    with pytest.raises(HardwareMapRefused, match=r"hardware\.toml") as caught:
        a_map(text)

    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    text = '[[hardware]]\nsku = "T4"\n\n[[hardware]]\nmodel = "a/b"\n'

    with pytest.raises(HardwareMapRefused) as caught:
        a_map(text)

    assert [finding.where[:6] for finding in caught.value.findings] == ["line 1", "line 4"]


def test_a_tier_of_the_users_own_book_may_be_named() -> None:
    text = '[[hardware]]\nmodel = "a/b"\nsku = "gpu-h200"\n'

    found = read_hardware_map(text.encode(), "hardware.toml", known_skus=frozenset({"gpu-h200"}))

    assert found.entries[0].sku == "gpu-h200"


def test_check_tells_what_matches_nothing() -> None:
    findings = check_hardware_map(a_map(TWO), [a_subject("acme/voice")])

    assert [finding.where for finding in findings] == ["line 2"]


def test_check_tells_what_contradicts() -> None:
    text = TWO + '[[hardware]]\nmodel = "acme/face"\nsku = "gpu-h100"\n'

    findings = check_hardware_map(a_map(text), [a_subject("acme/face")])

    assert [finding.message for finding in findings] == [
        "the entry contradicts line 2, which comes first and so counts"
    ]


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("until = 2026-01-01", "from = 2026-01-01", 0),
        ("until = 2026-01-02", "from = 2026-01-01", 1),
        ("from = 2026-01-01", "", 1),
    ],
    ids=["one after the other", "a common day", "one is open"],
)
def test_entries_contradict_only_in_a_common_time(first: str, second: str, count: int) -> None:
    text = "".join(
        f'[[hardware]]\nmodel = "a/b"\nsku = "{sku}"\n{dates}\n'
        for sku, dates in (("T4", first), ("gpu-l40s", second))
    )

    assert len(a_map(text).conflicts()) == count


def test_a_written_entry_reads_back() -> None:
    text = write_entry({"model": 'acme/"odd\\name"', "sku": "gpu-t4"}, "12 s")

    assert tomllib.loads(text)["hardware"] == [{"model": 'acme/"odd\\name"', "sku": "gpu-t4"}]
