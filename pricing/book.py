"""A price book: every price of a provider, by the instant at which it held.

    >>> from datetime import UTC, datetime
    >>> book = load_book("replicate", folders=())
    >>> str(book.sku_rate("gpu-t4", datetime(2023, 11, 1, tzinfo=UTC)).rate.price_usd)
    '0.000225'

A book is made once from its files and never changes. Lookups are a dictionary and a bisection,
since pricing a ledger asks for hundreds of thousands of them. A price that is not known is None:
never zero, never the nearest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from pricing.default import ModelDefaults, merge_defaults
from pricing.error import (
    BaseConflict,
    CorrectionUnmatched,
    RateContradiction,
    UnknownVersion,
    VersionConflict,
)
from pricing.onset import Onset, OnsetKey, find_onsets
from pricing.rate import Confidence, Rate, RateInterval, RateKey, RateSubject
from pricing.tier import Picked, TierMiss, pick_tiers
from pricing.timeline import Settlement, Timeline, build_timelines, lay_over, settle
from pricing.unit import SECOND
from pricing.version import BookVersion, Discount, VersionKind

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BookVersion",
    "Confidence",
    "Discount",
    "Picked",
    "PriceBook",
    "Rate",
    "RateInterval",
    "RateKey",
    "RateSubject",
    "TierMiss",
    "Timeline",
    "VersionKind",
    "build_book",
    "load_book",
]

_NO_DEFAULTS: ModelDefaults = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Every price of a book, ready to be looked up. Make it with `load_book` or `build_book`.

    Attributes:
        name: name of the book.
        versions: its own versions, in the order in which they became known.
        timelines: the intervals of every key, those of the book it builds on included.
        digest: SHA-256 of everything that the prices come from, in hexadecimal: two books with
            the same digest give the same amounts.
        builds_on: name of the book whose prices it takes and overrides.
        as_known_on: instant up to which versions were taken; None means all.
        base: the book that it builds on, asked what it would have charged.
        sku_seconds, model_seconds, model_units, all_defaults: the same timelines and the defaults,
            laid out for looking up.
        onsets: the first statement on the unit prices of each model.
    """

    name: str
    versions: tuple[BookVersion, ...]
    timelines: Mapping[RateKey, Timeline]
    digest: str
    builds_on: str | None
    as_known_on: datetime | None
    base: PriceBook | None = field(repr=False)
    sku_seconds: Mapping[str, Timeline] = field(repr=False)
    model_seconds: Mapping[str, Timeline] = field(repr=False)
    model_units: Mapping[str, tuple[Timeline, ...]] = field(repr=False)
    all_defaults: Mapping[str, ModelDefaults] = field(repr=False)
    onsets: Mapping[OnsetKey, Onset] = field(repr=False)

    def sku_rate(self, sku: str, instant: datetime) -> RateInterval | None:
        """Find the price of a second on a hardware tier.

        Args:
            sku: the tier as Replicate spells it; `find_sku` turns other names into it.
            instant: aware; an interval holds its start and not its end.

        Returns:
            The interval in force; None where the tier was never priced or is withdrawn.
        """
        timeline = self.sku_seconds.get(sku)
        return timeline.priced_at(instant) if timeline else None

    def model_second_rate(self, model: str, instant: datetime) -> RateInterval | None:
        """Find a model's own price of a second, which replaces that of its hardware."""
        timeline = self.model_seconds.get(model)
        return timeline.priced_at(instant) if timeline else None

    def model_rates(self, model: str, instant: datetime) -> tuple[RateInterval, ...]:
        """Find all unit prices of a model in force, of every unit and tier."""
        found = (timeline.priced_at(instant) for timeline in self.model_units.get(model, ()))
        return tuple(interval for interval in found if interval is not None)

    def pick_rates(self, model: str, instant: datetime, selectors: Mapping[str, str]) -> Picked:
        """Pick the unit prices that a record of a model falls under, one a unit.

        Args:
            model: `owner/name`.
            instant: the instant that the record is priced at.
            selectors: canonical selectors that the record shows; the model's defaults fill the
                rest.

        Returns:
            The rates, and for each unit without one the selector that is missing or unpriced. List
            prices are what the book built on would have charged; where it has no price for the
            record, the own price.
        """
        shown = {**self.defaults(model, instant), **selectors}
        picked = pick_tiers(self.model_rates(model, instant), shown)
        if self.base is None:
            return picked
        return _with_list_prices(picked, self.base.pick_rates(model, instant, shown))

    def has_unit_prices(self, model: str, instant: datetime, *, unit: str | None = None) -> bool:
        """Tell whether a model is priced by unit at an instant, its price known or not.

        Args:
            model: `owner/name`.
            instant: from a price that was announced ahead on, or any where one was merely seen; the
                rule is in `onset`.
            unit: look at this unit alone; None looks at all.
        """
        onset = self.onsets.get((model, unit))
        return onset is not None and onset.has_begun(instant)

    def defaults(self, model: str, instant: datetime) -> dict[str, str]:
        """Give the selector values that a model takes when a record does not show them."""
        lines = self.all_defaults.get(model, _NO_DEFAULTS)
        found = ((selector, line.at(instant)) for selector, line in lines.items())
        return {selector: value for selector, value in found if value is not None}

    def breakpoints(self, sku: str | None, model: str | None) -> tuple[datetime, ...]:
        """List the instants at which a price of a tier or a model, or a default, changes."""
        timelines = [
            *self.model_units.get(model or "", ()),
            *filter(None, (self.sku_seconds.get(sku or ""), self.model_seconds.get(model or ""))),
        ]
        instants = {start for timeline in timelines for start in timeline.starts}
        for line in self.all_defaults.get(model or "", _NO_DEFAULTS).values():
            instants.update(line.breakpoints)
        if self.base is not None:
            instants.update(self.base.breakpoints(sku, model))
        return tuple(sorted(instants))

    def in_force(self, instant: datetime) -> tuple[RateInterval, ...]:
        """List every price in force at an instant, by kind, name, unit and tier."""
        found = (self.timelines[key].priced_at(instant) for key in sorted(self.timelines))
        return tuple(interval for interval in found if interval is not None)

    def history(self, name: str) -> tuple[Timeline, ...]:
        """List the timelines of a SKU or model, withdrawals included, by unit and tier."""
        keys = sorted(key for key in self.timelines if key.name == name)
        return tuple(self.timelines[key] for key in keys)

    def version(self, name: str) -> BookVersion:
        """Find one of the book's own versions.

        Raises:
            UnknownVersion: the book has no version of this name.
        """
        for version in self.versions:
            if version.version == name:
                return version
        raise UnknownVersion(self.name, name, [version.version for version in self.versions])


def load_book(
    name: str, *, folders: Sequence[Path], as_known_on: datetime | None = None
) -> PriceBook:
    """Read a book from the shipped price files and from folders of the user's own.

    Args:
        name: name of the book.
        folders: folders read beside the shipped one, each holding `BOOK/VERSION.toml`. Versions
            found there are added to a shipped book of the same name.
        as_known_on: leave out what was known only later; None takes everything.

    Raises:
        BookError: no such book, a file with errors, or files that contradict each other. The leaf
            names the file, the line and what to do.
    """
    from pricing.book_folder import read_books

    books = read_books(name, folders)
    built: PriceBook | None = None
    for versions in reversed(books):
        built = build_book(versions[0].book, versions, base=built, as_known_on=as_known_on)
    assert built is not None
    return built


def build_book(
    name: str,
    versions: Iterable[BookVersion],
    *,
    base: PriceBook | None = None,
    as_known_on: datetime | None = None,
) -> PriceBook:
    """Make a book of its versions.

    Args:
        name: name of the book.
        versions: all versions of the book, in any order.
        base: the book that its versions build on, if they name one.
        as_known_on: leave out what was known only later; None takes everything.

    Raises:
        VersionConflict: two versions have the same name.
        RateContradiction: two versions price one key from one instant.
        CorrectionUnmatched: a correction of something that was never said.
        BaseConflict: the versions build on different books.
    """
    all_versions = _unique(name, versions)
    known = [one for one in all_versions if as_known_on is None or one.known_since <= as_known_on]
    settled = _settled(all_versions, as_known_on)
    timelines = build_timelines(settled.statements)
    if base is not None:
        discounts = [discount for one in known for discount in one.discounts]
        timelines = lay_over(base.timelines, timelines, discounts, name)
    return PriceBook(
        name=name,
        versions=tuple(known),
        timelines=timelines,
        digest=_digest(all_versions, base, as_known_on),
        builds_on=base.name if base else None,
        as_known_on=as_known_on,
        base=base,
        sku_seconds=_seconds(timelines, RateSubject.SKU),
        model_seconds=_seconds(timelines, RateSubject.MODEL),
        model_units=_units_by_model(timelines),
        all_defaults=merge_defaults(known, base.all_defaults if base else {}),
        onsets=find_onsets(settled, base.onsets if base else {}),
    )


def base_name(name: str, versions: Iterable[BookVersion]) -> str | None:
    """Tell which book the versions of a book build on.

    Raises:
        BaseConflict: they name different ones.
    """
    bases = sorted({version.builds_on for version in versions if version.builds_on})
    if len(bases) > 1:
        raise BaseConflict(name, bases)
    return bases[0] if bases else None


def _unique(name: str, versions: Iterable[BookVersion]) -> list[BookVersion]:
    by_name: dict[str, BookVersion] = {}
    for version in versions:
        twin = by_name.setdefault(version.version, version)
        if twin is not version:
            raise VersionConflict(name, version.version, [twin.path, version.path])
    return sorted(by_name.values(), key=lambda one: (one.known_since, one.version))


def _settled(versions: Sequence[BookVersion], as_known_on: datetime | None) -> Settlement:
    settled = settle(versions, as_known_on)
    for version, rate in settled.unmatched:
        raise CorrectionUnmatched(version.corrects or "", rate)
    for first, second in settled.contradictions:
        raise RateContradiction(first, second)
    return settled


def _with_list_prices(picked: Picked, listed: Picked) -> Picked:
    """Take as list price of each unit what the book built on would have charged for it."""
    prices = {one.rate.key.unit: one.list_price_usd for one in listed.rates}
    rates = (
        replace(one, list_price_usd=prices.get(one.rate.key.unit, one.list_price_usd))
        for one in picked.rates
    )
    return replace(picked, rates=tuple(rates))


def _digest(
    versions: Iterable[BookVersion], base: PriceBook | None, as_known_on: datetime | None
) -> str:
    """Hash the contents of all files, the base's included, and the instant of knowing."""
    lines = sorted(f"{version.version} {version.digest or version!r}" for version in versions)
    lines.append(f"base {base.digest if base else ''}")
    lines.append(f"as_known_on {as_known_on.isoformat() if as_known_on else ''}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _seconds(
    timelines: Mapping[RateKey, Timeline], subject_kind: RateSubject
) -> dict[str, Timeline]:
    return {
        key.name: timeline
        for key, timeline in timelines.items()
        if key.subject_kind is subject_kind and key.unit == SECOND
    }


def _units_by_model(timelines: Mapping[RateKey, Timeline]) -> dict[str, tuple[Timeline, ...]]:
    by_model: dict[str, list[Timeline]] = {}
    for key in sorted(timelines):
        if key.subject_kind is RateSubject.MODEL and key.unit != SECOND:
            by_model.setdefault(key.name, []).append(timelines[key])
    return {model: tuple(found) for model, found in by_model.items()}
