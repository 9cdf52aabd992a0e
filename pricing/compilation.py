"""The terms of many subjects for all time, for a join: `resolve`, sampled where anything changes.

A subject's terms are piecewise constant in time: they can change only where a price, a rule, an
entry of the user's map, a release, a fact of a model or a sighting begins or ends. The rule this
file owns is which instants those are. Subjects that cannot be told apart by any of these share one
computation, since most of 30,000 combinations differ in nothing but a version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pricing.hardware import DeploymentRelease
from pricing.hardware_map import MapEntry
from pricing.model_fact import ModelFact
from pricing.rate import RateSubject
from pricing.term import Tariff, Term, releases_of, resolve_known
from pricing.usage import Subject

_BEGINNING = datetime.min.replace(tzinfo=UTC)

Profile = tuple[object, ...]


def compile_terms(subjects: Iterable[Subject], tariff: Tariff) -> Iterator[Term]:
    """Return the terms of every subject for all time.

    The intervals of each subject tile time without gap or overlap: the first has no start and the
    last no end. All components of a subject share their intervals. Adjacent intervals differ.
    """
    compiler = _Compiler(tariff)
    for subject in subjects:
        for term in compiler.terms(subject):
            yield _of_subject(term, subject.subject_id)


class _Compiler:
    """Terms by profile, each computed once."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff
        self._terms: dict[Profile, tuple[Term, ...]] = {}
        self._named = {key.name for key in tariff.book.timelines if _is_of_model(key.subject_kind)}
        if tariff.catalogue is not None:
            self._named.update(tariff.catalogue.models)
        self._named.update(tariff.model_facts)
        self._deployments = {release.deployment for release in tariff.releases}
        self._everyone = _instants_for_everyone(tariff)

    def terms(self, subject: Subject) -> tuple[Term, ...]:
        """Return the terms of a subject, under the id of the first subject of its profile."""
        entries = self._tariff.hardware_map.matching(subject)
        profile = self._profile(subject, entries)
        terms = self._terms.get(profile)
        if terms is None:
            terms = self._terms[profile] = tuple(self._compile(subject, entries))
        return terms

    def _profile(self, subject: Subject, entries: tuple[MapEntry, ...]) -> Profile:
        """Return all that terms depend on: a model that nobody speaks of is like any other."""
        is_named = subject.model in self._named
        is_released = subject.deployment in self._deployments
        return (
            subject.kind,
            subject.model if is_named else "",
            subject.is_hidden,
            subject.deployment if is_released else bool(subject.deployment),
            subject.hardware,
            subject.selectors if is_named else (),
            entries,
        )

    def _compile(self, subject: Subject, entries: tuple[MapEntry, ...]) -> Iterator[Term]:
        pieces: list[_Piece] = []
        for instant in self._instants(subject, entries):
            terms = resolve_known(subject, instant, self._tariff, entries)
            if not pieces or pieces[-1].terms != terms:
                pieces.append(_Piece(instant, terms))
        ends = [*(piece.starts_at for piece in pieces[1:]), None]
        for piece, end in zip(pieces, ends, strict=True):
            start = None if piece.starts_at == _BEGINNING else piece.starts_at
            for term in piece.terms:
                yield replace(term, starts_at=start, ends_at=end)

    def _instants(self, subject: Subject, entries: tuple[MapEntry, ...]) -> Sequence[datetime]:
        """Return all instants at which the subject's terms may change, the beginning first."""
        tariff = self._tariff
        instants = {*self._everyone, *tariff.book.breakpoints(None, subject.model)}
        instants.update(_edges(entries), _edges(releases_of(subject, tariff)))
        instants.update(_edges(tariff.model_facts.get(subject.model, ())))
        if tariff.catalogue is not None:
            instants.update(tariff.catalogue.breakpoints(subject.model))
        return sorted(instants)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What holds from an instant on, until the next piece."""

    starts_at: datetime
    terms: tuple[Term, ...]


def _is_of_model(kind: RateSubject) -> bool:
    return kind is RateSubject.MODEL


def _instants_for_everyone(tariff: Tariff) -> frozenset[datetime]:
    """Return the beginning of time and where a rule or the price of any tier changes.

    Every tier's, as a subject's tier is itself an answer; there are few, and equal neighbours are
    joined again.
    """
    timelines = tariff.book.timelines.items()
    prices = (line.starts for key, line in timelines if not _is_of_model(key.subject_kind))
    return frozenset({_BEGINNING, *tariff.rules.breakpoints()}.union(*prices))


def _edges(spans: Iterable[MapEntry | DeploymentRelease | ModelFact]) -> Iterator[datetime]:
    for span in spans:
        for edge in (span.starts_at, span.ends_at):
            if edge is not None:
                yield edge


def _of_subject(term: Term, subject_id: int) -> Term:
    return replace(term, subject_id=subject_id)
