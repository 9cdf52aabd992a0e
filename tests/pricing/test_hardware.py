"""Hardware is what the strongest witness says, with where it says it, and never a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pricing.catalogue import Catalogue, Observation
from pricing.hardware import DeploymentRelease, EvidenceKind, HardwareEvidence
from pricing.rate import Confidence
from pricing.rating import Reason, Tariff, resolve
from pricing.term import find_evidence
from pricing.usage import Subject
from tests.pricing.rating_case import a_map, a_subject, at, shipped_tariff

NOW = at("2026-03-01T12:00:00")
TRAINER = "ostris/flux-dev-lora-trainer"
SEEN = Catalogue(
    [
        Observation(
            "acme/face",
            "gpu-t4",
            "Nvidia T4 GPU",
            at("2026-02-01"),
            at("2026-02-02"),
            "a page",
            Confidence.HIGH,
            7,
        )
    ]
)


def a_tariff(
    text: str = "",
    *,
    releases: tuple[DeploymentRelease, ...] = (),
    catalogue: Catalogue | None = None,
) -> Tariff:
    shipped = shipped_tariff()
    return Tariff(shipped.book, shipped.rules, a_map(text), releases, catalogue)


def evidence_of(subject: Subject, tariff: Tariff, instant: datetime = NOW) -> HardwareEvidence:
    return find_evidence(subject, instant, tariff, tariff.hardware_map.matching(subject))


def a_release(start: datetime | None = None, end: datetime | None = None) -> DeploymentRelease:
    return DeploymentRelease("acme/prod", "gpu-l40s", start, end, "3")


MAPPED = '[[hardware]]\nmodel = "*"\nsku = "gpu-h100"\n'


def test_what_the_record_says_outweighs_all_else() -> None:
    subject = a_subject(hardware="Nvidia T4 GPU", deployment="acme/prod")

    evidence = evidence_of(subject, a_tariff(MAPPED, releases=(a_release(),)))

    assert (evidence.sku, evidence.kind) == ("gpu-t4", EvidenceKind.RECORD)


def test_the_deployments_hardware_outweighs_the_map() -> None:
    subject = a_subject(deployment="acme/prod")

    evidence = evidence_of(subject, a_tariff(MAPPED, releases=(a_release(),)))

    assert (evidence.sku, evidence.kind) == ("gpu-l40s", EvidenceKind.DEPLOYMENT)
    assert evidence.where == "acme/prod release 3"


def test_the_map_outweighs_a_models_own_rate() -> None:
    evidence = evidence_of(a_subject(TRAINER), a_tariff(MAPPED))

    assert (evidence.sku, evidence.kind) == ("gpu-h100", EvidenceKind.MAP)
    assert evidence.where == "hardware.toml:1"


def test_a_models_own_rate_needs_no_hardware() -> None:
    evidence = evidence_of(a_subject(TRAINER, kind="training"), a_tariff())

    assert (evidence.sku, evidence.kind) == (None, EvidenceKind.MODEL_RATE)


def test_the_catalogue_speaks_last_and_weakly() -> None:
    evidence = evidence_of(a_subject(), a_tariff(catalogue=SEEN))

    assert (evidence.sku, evidence.kind) == ("gpu-t4", EvidenceKind.CATALOGUE)
    assert evidence.is_estimate
    assert evidence.where == "catalogue line 7"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (a_subject(deployment="acme/prod"), ""),
        (a_subject(), '[[hardware]]\nmodel = "acme/*"\nbilling = "private"\n'),
        (a_subject(), '[[hardware]]\nmodel = "acme/*"\nbilling = "active"\n'),
    ],
    ids=["deployment", "private model", "fine-tune"],
)
def test_the_catalogue_does_not_speak_of_what_is_not_public(subject: Subject, text: str) -> None:
    evidence = evidence_of(subject, a_tariff(text, catalogue=SEEN))

    assert evidence == HardwareEvidence(None, EvidenceKind.NONE)


def test_nothing_is_guessed() -> None:
    (term,) = resolve(a_subject(), NOW, a_tariff())

    assert (term.sku, term.evidence, term.reason) == (None, "none", Reason.NO_HARDWARE)


def test_hardware_that_no_table_knows_is_shown_and_not_replaced() -> None:
    (term,) = resolve(a_subject(hardware="gpu-h900"), NOW, a_tariff(MAPPED))

    assert (term.sku, term.reason) == ("gpu-h900", Reason.UNKNOWN_HARDWARE)


def test_the_map_may_say_what_a_name_of_the_records_means() -> None:
    named = '[[hardware]]\nhardware = "gpu-h9*"\nsku = "gpu-h100"\n'

    evidence = evidence_of(a_subject(hardware="gpu-h900"), a_tariff(MAPPED + named))

    assert (evidence.sku, evidence.kind) == ("gpu-h100", EvidenceKind.MAP)
    assert evidence.where == "hardware.toml:4"


def test_a_name_of_hardware_in_the_map_says_nothing_of_records_without_one() -> None:
    named = '[[hardware]]\nhardware = "*"\nsku = "gpu-h100"\n'

    (term,) = resolve(a_subject(), NOW, a_tariff(named))

    assert (term.sku, term.reason) == (None, Reason.NO_HARDWARE)


@pytest.mark.parametrize(
    ("offset", "kind"),
    [(-1, EvidenceKind.NONE), (0, EvidenceKind.DEPLOYMENT), (60, EvidenceKind.NONE)],
    ids=["before its start", "at its start", "at its end"],
)
def test_a_release_speaks_from_its_start_until_before_its_end(
    offset: int, kind: EvidenceKind
) -> None:
    release = a_release(NOW, NOW + timedelta(seconds=60))
    instant = NOW + timedelta(seconds=offset)

    evidence = evidence_of(
        a_subject(deployment="acme/prod"), a_tariff(releases=(release,)), instant
    )

    assert evidence.kind is kind


def test_an_ambiguous_name_says_what_it_was_taken_for() -> None:
    evidence = evidence_of(a_subject(hardware="A40"), a_tariff())

    assert evidence.sku == "gpu-a40-small"
    assert "taken for" in evidence.note


def test_a_map_entry_with_dates_speaks_between_them() -> None:
    tariff = a_tariff(
        '[[hardware]]\nmodel = "acme/face"\nfrom = 2026-01-01\nuntil = 2026-02-01T00:00:00Z\n'
        'sku = "T4"\n'
    )

    kinds = [
        evidence_of(a_subject(), tariff, datetime(2026, month, 1, tzinfo=UTC)).kind
        for month in (1, 2)
    ]

    assert kinds == [EvidenceKind.MAP, EvidenceKind.NONE]
