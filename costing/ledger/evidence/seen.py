"""What was seen of deployments and models: stored as it comes, read as `pricing` needs it.

Rule of this file: Replicate shows the present alone, so every look is dated, and nothing that was
seen is forgotten. The same look stored twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from costing.instant import aware
from costing.ledger.evidence.look import DeploymentsSeen, ModelSeen, naive_text
from costing.statement import read_statement, run_statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pricing.calendar import Period
    from pricing.hardware import DeploymentRelease
    from pricing.model_fact import ModelFact

_FOLDER = "ledger/evidence"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ledger knows besides records.

    Attributes:
        releases: of every deployment that was seen.
        model_facts: by model.
        rows: the same as it stands in the ledger, from which a digest can be made.
    """

    releases: tuple[DeploymentRelease, ...] = ()
    model_facts: Mapping[str, tuple[ModelFact, ...]] = field(default_factory=dict)
    rows: tuple[object, ...] = ()


def store_deployments(
    connection: DuckDBPyConnection, looked_at: datetime, seen: DeploymentsSeen
) -> None:
    """Store one look at all deployments of the account; those that it does not show are gone."""
    given = {
        "deployments": json.dumps([one.members() for one in seen.deployments]),
        "looked_at": naive_text(looked_at),
    }
    run_statement(connection, _FOLDER, "store_deployments", given)


def store_model(connection: DuckDBPyConnection, looked_at: datetime, seen: ModelSeen) -> None:
    """Store one look at one model; no visibility says that there is none that we may see."""
    given = {**asdict(seen), "looked_at": naive_text(looked_at)}
    run_statement(connection, _FOLDER, "store_model", given)


def read_evidence(connection: DuckDBPyConnection) -> Evidence:
    """Everything that was seen, of the open ledger."""
    run_statement(connection, _FOLDER, "deployment_release")
    releases = connection.execute(read_statement(_FOLDER, "releases")).fetchall()
    models = connection.execute(read_statement(_FOLDER, "models")).fetchall()
    if not releases and not models:
        return Evidence()
    return Evidence(_releases(releases), _model_facts(models), (*releases, *models))


def load_standing(connection: DuckDBPyConnection, period: Period | None) -> None:
    """Make the table `standing`: what instances that are kept on were online without working."""
    given = {
        "since": _edge(period.start if period else None, "0001-01-01"),
        "until": _edge(period.end if period else None, "9999-12-31"),
    }
    run_statement(connection, _FOLDER, "standing", given)


def _releases(rows: Sequence[tuple[object, ...]]) -> tuple[DeploymentRelease, ...]:
    from pricing.hardware import DeploymentRelease

    return tuple(
        DeploymentRelease(str(name), str(sku), aware(start), aware(end), str(release))
        for name, sku, start, end, release in rows
    )


def _model_facts(rows: Sequence[tuple[object, ...]]) -> Mapping[str, tuple[ModelFact, ...]]:
    from pricing.model_fact import ModelSighting, facts_by_model

    return facts_by_model(
        ModelSighting(
            str(model), seen_at, bool(is_private), None if official is None else bool(official)
        )
        for model, seen_at, is_private, official in _dated(rows)
    )


def _dated(
    rows: Sequence[tuple[object, ...]],
) -> list[tuple[object, datetime, object, object]]:
    return [
        (model, seen_at.replace(tzinfo=UTC), is_private, official)
        for model, seen_at, is_private, official in rows
        if isinstance(seen_at, datetime)
    ]


def _edge(instant: datetime | None, otherwise: str) -> str:
    return otherwise if instant is None else naive_text(instant)
