"""Looks at deployments and models: evidence of hardware and of the billing class.

Rule of this file: Replicate tells of the present alone, so every look is kept with its instant,
also one that shows nothing new; what changed is found where looks are folded into the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Set
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from costing.ledger.evidence.look import DeploymentsSeen, ModelSeen, ReleaseSeen
from costing.state.inbox import Arrival, Kind, Origin
from costing.sync.lane import answered

if TYPE_CHECKING:
    from costing.replicate.client import Client
    from costing.replicate.resource import Deployment, Model
    from costing.sync.memory import Memory

MODEL_ASKED_EVERY = timedelta(days=7)
"""Whether a model is public or official changes rarely."""


def look_at_deployments(client: Client, memory: Memory) -> int:
    """Keep what all deployments of the account are now; how many there are."""
    seen = DeploymentsSeen(tuple(_release(one) for one in client.deployments()))
    memory.keep([Arrival(Origin.SYNC, Kind.DEPLOYMENT, seen.to_json())], {})
    return len(seen.deployments)


def look_at_models(
    names: Set[str], client: Client, memory: Memory, *, prefix: str, now: datetime
) -> int:
    """Keep what these models are now, but for those that were asked for lately; how many.

    Args:
        names: `owner/name`; what is written otherwise is no model that could be asked for.
        prefix: of the names of cursors.
    """
    cursor = f"{prefix}/models"
    asked = _read_asked(memory.recall(cursor))
    due = [name for name in sorted(names) if _is_name(name) and _is_due(asked.get(name), now)]
    for batch in answered(due, lambda name: client.model(*name.split("/"))):
        asked |= {name: now.isoformat() for name, _ in batch}
        looks = [_look(name, model) for name, model in batch]
        memory.keep(looks, {cursor: json.dumps(asked)})
    return len(due)


def _release(deployment: Deployment) -> ReleaseSeen:
    return ReleaseSeen(
        deployment=f"{deployment.owner}/{deployment.name}",
        release=deployment.release,
        model=deployment.model,
        version=deployment.version,
        hardware=deployment.hardware,
        min_instances=deployment.min_instances,
        max_instances=deployment.max_instances,
        released_at=deployment.created_at,
    )


def _look(name: str, model: Model | None) -> Arrival:
    """A look at one model; None is one that there is not, or that this token may not see."""
    seen = ModelSeen(name, None, None)
    if model is not None:
        seen = ModelSeen(name, model.visibility, model.is_official)
    return Arrival(Origin.SYNC, Kind.MODEL, seen.to_json())


def _read_asked(text: str | None) -> dict[str, str]:
    """By model, when it was asked for last."""
    return {} if text is None else dict(json.loads(text))


def _is_due(asked_at: str | None, now: datetime) -> bool:
    """Whether it was not asked for lately; an instant in the future is a wrong clock's."""
    return asked_at is None or abs(now - datetime.fromisoformat(asked_at)) >= MODEL_ASKED_EVERY


def _is_name(text: str) -> bool:
    """Whether it is written `owner/name`."""
    owner, slash, name = text.partition("/")
    return bool(slash) and not {owner, name} & {"", ".", ".."} and "/" not in name
