"""Explaining one prediction: the record as the ledger holds it, rated, said in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costing.errors import NotFound
from costing.instant import aware
from costing.ledger.connection import opened
from costing.ledger.evidence.seen import read_evidence
from costing.ledger.subject import make_subject
from costing.statement import read_statement
from costing.tariff import load_tariff
from pricing.explain import explain
from pricing.usage import Usage

if TYPE_CHECKING:
    from costing.lock import Turn
    from costing.settings import Settings


def explain_prediction(prediction_id: str, settings: Settings, turn: Turn) -> list[str]:
    """Why a prediction costs what it costs, a line each.

    Raises:
        NotFound: the ledger holds no such id.
    """
    with opened(settings.home, turn) as connection:
        statement = read_statement("ledger/views", "find_prediction")
        row = connection.execute(statement, {"id": prediction_id}).fetchone()
        evidence = read_evidence(connection)
    if row is None:
        raise NotFound(
            f'the ledger holds no prediction "{prediction_id}"',
            where=str(settings.home),
            help="ids are written in full; `costing ingest FILE` takes records in",
        )
    tariff = load_tariff(settings, evidence=evidence)
    *facts, path, observed_at, is_hardware_given = row
    known = f"taken from {path or 'an unknown source'} on {observed_at:%Y-%m-%d %H:%M} UTC"
    lines = explain(_usage(facts), tariff, is_hardware_given=bool(is_hardware_given))
    return [*lines, known]


def _usage(facts: list[object]) -> Usage:
    """A fetched row as `pricing` reads it; the order is that of `find_prediction.sql`."""
    status, created, started, completed, charged, predict_seconds, quantities = facts[9:]
    return Usage(
        prediction_id=str(facts[0]),
        subject=make_subject(facts[1:9]),
        status=str(status),
        created_at=aware(created),
        started_at=aware(started),
        completed_at=aware(completed),
        charged_at=aware(charged),  # type: ignore[arg-type]
        predict_seconds=predict_seconds,  # type: ignore[arg-type]
        quantities=quantities or {},  # type: ignore[arg-type]
    )
