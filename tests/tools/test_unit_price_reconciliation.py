"""The rule that makes price moves out of sightings which do not always agree."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.rate import Confidence
from tools.unit_price.observation import Sighting, SourceKind
from tools.unit_price.reconciliation import reconcile

CODE = SourceKind.THIRD_PARTY_CODE
OFFICIAL = SourceKind.OFFICIAL
TEXT = SourceKind.THIRD_PARTY_TEXT
TRANSCRIPTION = SourceKind.TRANSCRIPTION


def sighting(
    price: str,
    day: str,
    kind: SourceKind = CODE,
    *,
    confidence: Confidence = Confidence.HIGH,
    source: str = "",
) -> Sighting:
    return Sighting(
        model="owner/name",
        unit="output_image",
        selector="",
        published=price,
        price_usd=Decimal(price),
        seen_on=date.fromisoformat(day),
        source=source or f"{kind.value} of {day}",
        kind=kind,
        confidence=confidence,
        input_field="",
    )


def history(*sightings: Sighting) -> list[tuple[str, str]]:
    return [
        (str(spell.strongest.price_usd), spell.first_on.isoformat())
        for spell in reconcile(sightings)
    ]


def test_agreeing_sightings_are_one_price_from_the_first_on() -> None:
    seen = [sighting("0.04", "2025-01-05", TEXT), sighting("0.04", "2026-10-07", OFFICIAL)]
    assert history(*seen) == [("0.04", "2025-01-05")]


def test_price_seen_twice_is_a_move_though_weaker() -> None:
    seen = [
        sighting("0.17", "2026-04-15"),
        sighting("0.18", "2026-05-07", TEXT),
        sighting("0.18", "2026-07-16"),
    ]
    assert history(*seen) == [("0.17", "2026-04-15"), ("0.18", "2026-05-07")]


def test_lone_sighting_between_two_as_strong_is_noise_if_short() -> None:
    seen = [
        sighting("0.2", "2026-09-09", TRANSCRIPTION),
        sighting("0.1", "2026-10-06", TRANSCRIPTION),
        sighting("0.2", "2026-10-08", TRANSCRIPTION),
    ]
    (spell,) = reconcile(seen)
    assert [slip.sighting.price_usd for slip in spell.dropped] == [Decimal("0.1")]


def test_lone_sighting_between_two_as_strong_is_a_move_if_long() -> None:
    seen = [
        sighting("0.2", "2026-01-01"),
        sighting("0.1", "2026-05-01"),
        sighting("0.2", "2026-09-01"),
    ]
    assert len(history(*seen)) == 3


def test_lone_weak_sighting_between_two_stronger_is_noise_however_long() -> None:
    seen = [
        sighting("0.2", "2025-01-01"),
        sighting("0.1", "2025-07-01", TEXT),
        sighting("0.2", "2026-01-01"),
    ]
    assert history(*seen) == [("0.2", "2025-01-01")]


def test_lone_strong_sighting_between_two_weaker_stands() -> None:
    seen = [
        sighting("0.2", "2026-01-01", TEXT),
        sighting("0.1", "2026-01-15", OFFICIAL),
        sighting("0.2", "2026-02-01", TEXT),
    ]
    assert history(*seen) == [("0.1", "2026-01-15")]


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        pytest.param("2026-02-01", [("0.1", "2026-01-01")], id="31-days"),
        pytest.param("2026-02-02", [("0.1", "2026-01-01"), ("0.2", "2026-02-02")], id="32-days"),
    ],
)
def test_stronger_source_of_the_same_window_wins(day: str, wanted: list[tuple[str, str]]) -> None:
    seen = [sighting("0.1", "2026-01-01", OFFICIAL), sighting("0.2", day, TEXT)]
    assert history(*seen) == wanted


def test_confidence_decides_between_sources_of_one_kind_and_day() -> None:
    seen = [
        sighting("0.1", "2026-01-01", confidence=Confidence.LOW, source="a"),
        sighting("0.2", "2026-01-01", confidence=Confidence.HIGH, source="b"),
    ]
    assert history(*seen) == [("0.2", "2026-01-01")]


SIGHTINGS = st.lists(
    st.builds(
        lambda price, days, kind, confidence, source: sighting(
            price,
            (date(2026, 1, 1) + timedelta(days=days)).isoformat(),
            kind,
            confidence=confidence,
            source=source,
        ),
        st.sampled_from(["0.1", "0.2", "0.3"]),
        st.integers(0, 200),
        st.sampled_from(list(SourceKind)),
        st.sampled_from(list(Confidence)),
        st.sampled_from("abcdef"),
    ),
    min_size=1,
    max_size=9,
)


@given(SIGHTINGS)
def test_no_sighting_is_lost_and_none_counts_twice(sightings: list[Sighting]) -> None:
    spells = reconcile(sightings)
    kept = [seen for spell in spells for seen in spell.sightings]
    dropped = [slip.sighting for spell in spells for slip in spell.dropped]
    assert sorted(map(id, kept + dropped)) == sorted(map(id, sightings))


@given(SIGHTINGS)
def test_neighbouring_stretches_differ_in_price_and_rise_in_date(
    sightings: list[Sighting],
) -> None:
    spells = reconcile(sightings)
    for spell, following in pairwise(spells):
        assert spell.last_on < following.first_on
        assert spell.strongest.price_usd != following.strongest.price_usd


@given(SIGHTINGS, st.data())
def test_order_of_the_table_changes_nothing(sightings: list[Sighting], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(sightings))
    assert [(s.first_on, s.strongest) for s in reconcile(sightings)] == [
        (s.first_on, s.strongest) for s in reconcile(shuffled)
    ]


@given(SIGHTINGS)
def test_reconciling_what_was_kept_changes_nothing(sightings: list[Sighting]) -> None:
    spells = reconcile(sightings)
    kept = [seen for spell in spells for seen in spell.sightings]
    assert [spell.sightings for spell in reconcile(kept)] == [spell.sightings for spell in spells]


@given(SIGHTINGS)
def test_beaten_sighting_was_beaten_by_another_price(sightings: list[Sighting]) -> None:
    for spell in reconcile(sightings):
        for slip in spell.dropped:
            assert slip.sighting.price_usd != slip.beaten_by.price_usd
            assert slip.sighting.strength <= slip.beaten_by.strength
