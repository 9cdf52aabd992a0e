"""Every answer is as its JSON Schema says, with null where that allows it and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import jsonschema_rs
import pytest

from costing.simulation.envelope import SCHEMA, envelope
from costing.simulation.envelope_schema import ANSWER
from tests.simulation.question import small_question

if TYPE_CHECKING:
    from costing.app import Costing

QUESTIONS: dict[str, dict[str, object]] = {
    "usual": {},
    "without own GPUs": {"own_gpu": "none"},
    "nearly no load": {"requests_per_day": 0.001},
    "no fleet meets the target": {"target_wait": 0, "target_percentile": 99.999},
    "clients that leave": {"patience": 1, "policies": ["fleet 1"]},
}


@pytest.mark.parametrize("more", QUESTIONS.values(), ids=QUESTIONS)
def test_answer_is_as_its_schema_says(costing: Costing, more: dict[str, object]) -> None:
    answer = json.loads(json.dumps(envelope(costing.simulate(small_question(**more)))))

    errors = list(jsonschema_rs.validator_for(ANSWER).iter_errors(answer))

    assert [f"{error.instance_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("recommendation", "sentence"), None),
        (("recommendation", "confidence"), 1.5),
        (("rows",), None),
        (("currency",), "EUR"),
        (("unheard_of",), 1),
    ],
    ids=["null", "share above 1", "no rows", "currency", "unknown"],
)
def test_schema_refuses_what_no_answer_says(
    costing: Costing, path: tuple[str, ...], value: object
) -> None:
    answer = json.loads(json.dumps(envelope(costing.simulate(small_question(own_gpu="none")))))
    *parents, last = path
    place = answer
    for parent in parents:
        place = place[parent]

    place[last] = value

    assert not jsonschema_rs.is_valid(ANSWER, answer)


def test_schema_has_the_number_of_the_answer_in_which_confidence_may_be_null() -> None:
    properties = cast("dict[str, dict[str, object]]", ANSWER["properties"])

    assert properties["schema"] == {"const": SCHEMA}
    assert SCHEMA == "costing.simulation/2"
