"""On which hardware a record ran, and on what evidence.

The order in which evidence is asked is the rule this file owns: what the record itself says, in the
meaning that the user's map gives to that name, if any; the hardware of its deployment at that time;
the user's map; the model's own price per second, which needs no hardware; the catalogue of what
public models were seen to run on, which is weak; nothing. The first that speaks decides, and
nothing is guessed.

A model's own rate stands behind the record, its deployment and the map, although it is a price and
no hardware: whoever states the hardware states what the bill is made from, and a stated fact is
never overruled by an assumption. Trainings do not say their hardware, so a trainer's own rate
prices them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pricing.book import PriceBook
from pricing.catalogue import Catalogue
from pricing.error import UnknownSku
from pricing.hardware_map import MapEntry
from pricing.sku import find_sku
from pricing.usage import Subject


class EvidenceKind(StrEnum):
    """What told the hardware, strongest first."""

    RECORD = "record"
    DEPLOYMENT = "deployment"
    MAP = "map"
    MODEL_RATE = "model_rate"
    CATALOGUE = "catalogue"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class HardwareEvidence:
    """The hardware of a record at an instant, and where that is said.

    Attributes:
        sku: as Replicate spells it; None where unknown, or where a model's own rate prices it.
        where: file and line, deployment release, or sighting; empty where there is none.
        note: what a reader of an explanation should know; may be empty.
        is_estimate: whether the evidence is weak, so that its charges are estimates.
    """

    sku: str | None
    kind: EvidenceKind
    where: str = ""
    note: str = ""
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class DeploymentRelease:
    """What a deployment ran on during one of its releases.

    Attributes:
        deployment: `owner/name`.
        starts_at, ends_at: when the release was current, start included and end not; None is open.
        release: its number, as Replicate counts.
    """

    deployment: str
    sku: str
    starts_at: datetime | None
    ends_at: datetime | None
    release: str

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the release was current at an instant."""
        is_begun = self.starts_at is None or self.starts_at <= instant
        return is_begun and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What may speak on the hardware of one subject.

    Attributes:
        book: asked for a model's own rate, and for which tiers were sold.
        entries: the entries of the user's map that match the subject, in the file's order.
        releases: the releases of the subject's deployment.
        catalogue: None where it is refused, or where it may not speak: of private models.
        is_own_rate_asked: whether a model's own rate may price the subject.
    """

    book: PriceBook
    entries: tuple[MapEntry, ...]
    releases: tuple[DeploymentRelease, ...]
    catalogue: Catalogue | None
    is_own_rate_asked: bool


def resolve_hardware(subject: Subject, instant: datetime, witnesses: Witnesses) -> HardwareEvidence:
    """Return the hardware of a subject at an instant: what the first witness says that speaks."""
    return (
        _said_by_record(subject, instant, witnesses.entries)
        or _said_by_deployment(subject, instant, witnesses.releases)
        or _said_by_map(instant, witnesses.entries)
        or _said_by_own_rate(subject, instant, witnesses)
        or _said_by_catalogue(subject, instant, witnesses)
        or HardwareEvidence(None, EvidenceKind.NONE)
    )


def stated_sku(text: str) -> tuple[str, str]:
    """Return the SKU that a name stands for and a note; a name that stands for none is kept.

    A tier that only the user's own book knows is priced by its name; one that no book knows is
    unrated, and the name is shown.
    """
    try:
        match = find_sku(text)
    except UnknownSku:
        return text, ""
    return match.sku, match.note or ""


def _said_by_record(
    subject: Subject, instant: datetime, entries: tuple[MapEntry, ...]
) -> HardwareEvidence | None:
    if not subject.hardware:
        return None
    meant = _said_by_map(instant, tuple(entry for entry in entries if entry.hardware is not None))
    if meant is not None:
        return meant
    sku, note = stated_sku(subject.hardware)
    return HardwareEvidence(sku, EvidenceKind.RECORD, "hardware of the record", note)


def _said_by_deployment(
    subject: Subject, instant: datetime, releases: tuple[DeploymentRelease, ...]
) -> HardwareEvidence | None:
    for release in releases:
        if release.holds_at(instant):
            sku, note = stated_sku(release.sku)
            where = f"{subject.deployment} release {release.release}"
            return HardwareEvidence(sku, EvidenceKind.DEPLOYMENT, where, note)
    return None


def _said_by_map(instant: datetime, entries: tuple[MapEntry, ...]) -> HardwareEvidence | None:
    for entry in entries:
        if entry.sku is not None and entry.holds_at(instant):
            return HardwareEvidence(entry.sku, EvidenceKind.MAP, entry.where, entry.sku_note)
    return None


def _said_by_own_rate(
    subject: Subject, instant: datetime, witnesses: Witnesses
) -> HardwareEvidence | None:
    if not witnesses.is_own_rate_asked:
        return None
    interval = witnesses.book.model_second_rate(subject.model, instant)
    if interval is None:
        return None
    return HardwareEvidence(None, EvidenceKind.MODEL_RATE, interval.rate.reference)


def _said_by_catalogue(
    subject: Subject, instant: datetime, witnesses: Witnesses
) -> HardwareEvidence | None:
    if witnesses.catalogue is None:
        return None
    book = witnesses.book
    seen = witnesses.catalogue.observed_sku(
        subject.model, instant, lambda sku: book.sku_rate(sku, instant) is not None
    )
    if seen is None:
        return None
    where = f"catalogue line {seen.line}"
    return HardwareEvidence(seen.sku, EvidenceKind.CATALOGUE, where, seen.note, is_estimate=True)
