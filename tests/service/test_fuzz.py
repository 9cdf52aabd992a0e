"""The OpenAPI document against the service: nothing that it allows makes a fault, and it tells all.

Requests are made up by schemathesis from the document that the service gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.service.running import ROOT, Running, costing, running

Case = schemathesis.Case[Any]
Operation = APIOperation[Any, Any, Any, Any]

EXAMPLES = 12
# A text that is a parameter's by its type may still name no report, no zone and no day.
UNSUITABLE: list[Any] = [negative_data_rejection, positive_data_acceptance]


BRIEFLY = settings(
    max_examples=EXAMPLES,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service over the examples that demands a token; nobody signs a webhook for it."""
    home = tmp_path_factory.mktemp("home")
    assert costing(home, "ingest", str(ROOT / "examples" / "predictions.jsonl")).returncode == 0
    with running(home) as service:
        yield service


@pytest.fixture(scope="module")
def token(service: Running) -> str:
    """A token for everything."""
    return costing(service.home, "token", "create", "fuzz", "--scope", "admin").stdout.strip()


def _operations(service: Running) -> Iterator[Operation]:
    given_document = httpx.get(f"{service.url}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(given_document)
    schema.config.update(base_url=service.url)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_request_is_answered_as_the_document_says(
    service: Running, token: str, mode: GenerationMode
) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    tried = set()
    for operation in _operations(service):

        @BRIEFLY
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            case.call_and_validate(headers=bearer, excluded_checks=UNSUITABLE)

        try:
            ask()
        except Unsatisfiable:  # Nothing about it can be wrong.
            continue
        tried.add(operation.label)

    assert "POST /webhooks/replicate" in tried
    assert "GET /api/v1/reports/{name}" in tried
