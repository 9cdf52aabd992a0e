"""What one look at Replicate showed of deployments or of a model, on its way to the ledger.

Rule of this file: a look is kept as JSON in the inbox, where an instant is naive UTC text.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class ReleaseSeen:
    """The current release of a deployment, as one look showed it.

    Attributes:
        deployment: `owner/name`.
        release: its number, from 1.
        model: `owner/name` of the model that it runs; `version` is the model's.
        hardware: SKU as Replicate spells it.
        min_instances: kept on always; `max_instances` is the most.
        released_at: UTC: when the release began.
    """

    deployment: str
    release: int
    model: str
    version: str
    hardware: str
    min_instances: int
    max_instances: int
    released_at: datetime

    def members(self) -> dict[str, str | int]:
        """As JSON has it."""
        return {**asdict(self), "released_at": naive_text(self.released_at)}


@dataclass(frozen=True, slots=True)
class DeploymentsSeen:
    """All deployments of the account; those that are not among them are gone."""

    deployments: tuple[ReleaseSeen, ...]

    def to_json(self) -> bytes:
        """As the inbox keeps it."""
        return json.dumps({"deployments": [one.members() for one in self.deployments]}).encode()


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """One model.

    Attributes:
        model: `owner/name`.
        visibility: `public` or `private`; None is a model that there is not, or that we may not
            see.
        is_official: None where Replicate does not say.
    """

    model: str
    visibility: str | None
    is_official: bool | None

    def to_json(self) -> bytes:
        """As the inbox keeps it."""
        return json.dumps(asdict(self)).encode()


def naive_text(instant: datetime) -> str:
    """An instant as naive UTC text; one that is naive already is taken for UTC."""
    utc = instant if instant.tzinfo is None else instant.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat()
