"""What holds of any book, rules, evidence and records: terms tile time and say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.book import PriceBook, build_book
from pricing.rating import State, Term, compile_terms, rate, resolve
from pricing.reason import Reason
from tests.pricing.rating_world import (
    EDGES,
    POOL,
    World,
    make_book,
    make_later_version,
    make_world,
)

seeds = st.integers(0, 2**32)
BEFORE, AFTER = datetime(1900, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC)


def pieces(terms: list[Term]) -> list[list[Term]]:
    """Terms of one subject, those of one interval together."""
    return [list(group) for _, group in groupby(terms, key=lambda term: term.starts_at)]


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_terms_of_each_subject_tile_time(seed: int) -> None:
    world = make_world(seed)

    compiled = list(compile_terms(world.subjects, world.tariff))

    for _, group in groupby(compiled, key=lambda term: term.subject_id):
        found = pieces(list(group))
        assert found[0][0].starts_at is None
        assert found[-1][0].ends_at is None
        assert all(one[0].ends_at == two[0].starts_at for one, two in pairwise(found))
        assert all(len({term.ends_at for term in piece}) == 1 for piece in found)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_terms_are_numbered_and_counted(seed: int) -> None:
    world = make_world(seed)

    compiled = list(compile_terms(world.subjects, world.tariff))

    for _, group in groupby(compiled, key=lambda term: (term.subject_id, term.starts_at)):
        piece = list(group)
        assert [term.component for term in piece] == list(range(len(piece)))
        assert {term.components for term in piece} == {len(piece)}


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_compiled_terms_are_what_resolve_says_at_any_instant(seed: int) -> None:
    world = make_world(seed)
    compiled = list(compile_terms(world.subjects, world.tariff))

    for subject in world.subjects:
        own = [term for term in compiled if term.subject_id == subject.subject_id]
        for instant in (BEFORE, *POOL, AFTER):
            in_force = [term for term in own if _holds(term, instant)]
            assert [_timeless(term) for term in in_force] == [
                _timeless(term) for term in resolve(subject, instant, world.tariff)
            ]


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_components_share_their_state_and_amounts_are_never_negative(seed: int) -> None:
    world = make_world(seed)

    for usage in world.usages:
        charges = rate(usage, world.tariff)
        assert len({(charge.state, charge.reason) for charge in charges}) == 1
        assert sum(charge.predictions for charge in charges) == 1
        for charge in charges:
            assert (charge.amount_usd is None) == (charge.state is not State.RATED)
            assert charge.amount_usd is None or charge.amount_usd >= 0
            assert (charge.reason is None) == (charge.state is not State.UNRATED)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_unpriced_terms_have_one_component_and_no_price(seed: int) -> None:
    world = make_world(seed)

    for term in compile_terms(world.subjects, world.tariff):
        assert (term.unit_price_usd is None) == (term.reason is not None)
        assert term.reason is None or term.components == 1
        assert term.reason not in {Reason.NO_RUN_TIME, Reason.NO_QUANTITY, Reason.UNKNOWN_STATUS}


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_rerating_with_the_same_tariff_changes_nothing(seed: int) -> None:
    first, second = make_world(seed), make_world(seed)

    for one, two in zip(first.usages, second.usages, strict=True):
        amounts = [charge.amount_usd for charge in rate(one, first.tariff)]
        assert amounts == [charge.amount_usd for charge in rate(two, second.tariff)]


@given(seeds)
@settings(max_examples=150, deadline=None)
def test_version_dated_in_the_future_changes_nothing_before_it(seed: int) -> None:
    world = make_world(seed)
    versions = world.tariff.book.versions
    later = make_later_version(Random(seed))

    _assert_same_before(later.effective_from, world, build_book("random", [*versions, later]))


@given(seeds)
@settings(max_examples=150, deadline=None)
def test_contract_dated_in_the_future_changes_nothing_before_it(seed: int) -> None:
    world, dice = make_world(seed), Random(seed)
    first = replace(make_book(dice).versions[0], builds_on="random")
    later = make_later_version(dice, builds_on="random")
    before = build_book("contract", [first], base=world.tariff.book)
    after = build_book("contract", [first, later], base=world.tariff.book)
    contracted = World(replace(world.tariff, book=before), world.usages)

    _assert_same_before(later.effective_from, contracted, after)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_compiled_terms_of_a_contract_are_what_resolve_says(seed: int) -> None:
    world, dice = make_world(seed), Random(seed)
    versions = [
        replace(make_book(dice).versions[0], builds_on="random"),
        make_later_version(dice, builds_on="random"),
    ]
    tariff = replace(world.tariff, book=build_book("contract", versions, base=world.tariff.book))
    compiled = list(compile_terms(world.subjects, tariff))

    for subject in world.subjects:
        own = [term for term in compiled if term.subject_id == subject.subject_id]
        for instant in POOL:
            in_force = [_timeless(term) for term in own if _holds(term, instant)]
            assert in_force == [_timeless(term) for term in resolve(subject, instant, tariff)]


def _assert_same_before(instant: datetime, world: World, book: PriceBook) -> None:
    """Hold rating and resolving equal under a tariff and under another book, up to an instant."""
    assert instant in EDGES
    changed = replace(world.tariff, book=book)
    for usage in world.usages:
        if usage.charged_at < instant:
            assert rate(usage, changed) == rate(usage, world.tariff)
    for subject in world.subjects:
        for earlier in (BEFORE, *(one for one in POOL if one < instant)):
            assert resolve(subject, earlier, changed) == resolve(subject, earlier, world.tariff)


def _holds(term: Term, instant: datetime) -> bool:
    is_begun = term.starts_at is None or term.starts_at <= instant
    return is_begun and (term.ends_at is None or instant < term.ends_at)


def _timeless(term: Term) -> tuple[object, ...]:
    names = (name for name in Term.__slots__ if name not in {"starts_at", "ends_at"})
    return tuple(getattr(term, name) for name in names)
