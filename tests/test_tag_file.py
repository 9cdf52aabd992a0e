"""tags.toml: which tag a record has, whoever says it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costing.app import Costing
from costing.doctor import Verdict
from costing.failure import failure_of
from costing.settings import Settings
from costing.tag_file import TagFileRefused, parse_tag_rules
from tests.ingest.records import Record, life

OCTOBER = {"month": "2026-10"}


@pytest.fixture
def costing(tmp_path: Path) -> Costing:
    return Costing(Settings(home=tmp_path), clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))


def take(costing: Costing, *records: Record) -> None:
    path = costing.settings.home / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    costing.ingest([path])


def rules(costing: Costing, text: str) -> None:
    (costing.settings.home / "tags.toml").write_text(text)


def teams(costing: Costing, report: str = "monthly") -> dict[str | None, int]:
    frame = costing.report(report, by=["tag:team"], **OCTOBER)
    return dict(zip(frame["tag:team"].to_list(), frame["predictions"].to_list(), strict=True))


def ended(number: int, **more: object) -> Record:
    return {**life(number, 10, "succeeded")[2], "hardware": "gpu-t4", **more}


def test_a_rule_speaks_of_what_is_in_the_ledger_already(costing: Costing) -> None:
    take(costing, ended(1), ended(2))
    assert teams(costing) == {None: 2}

    rules(costing, '[[tag]]\nmodel = "acme/model-1"\ntags = {team = "search"}\n')

    assert teams(costing) == {"search": 1, None: 1}


def test_the_records_own_tag_comes_first(costing: Costing) -> None:
    rules(costing, '[[tag]]\nmodel = "acme/*"\ntags = {team = "search"}\n')
    take(costing, ended(1, tags={"team": "vision"}), ended(2, tags={"user": "7"}), ended(3))

    assert teams(costing) == {"vision": 1, "search": 2}
    assert teams(costing, "latency") == {"vision": 1, "search": 2}


def test_the_first_entry_that_names_the_tag_counts(costing: Costing) -> None:
    rules(
        costing,
        """
        [[tag]]
        deployment = "acme/live"
        tags = {product = "photos"}
        [[tag]]
        model = "acme/*"
        tags = {team = "first", product = "all"}
        [[tag]]
        model = "*"
        tags = {team = "second"}
        """,
    )
    take(costing, ended(1, deployment="acme/live"), ended(2))

    by_both = costing.report("monthly", by=["tag:team", "tag:product"], **OCTOBER)

    assert teams(costing) == {"first": 2}
    assert sorted(by_both["tag:product"].to_list()) == ["all", "photos"]


def test_conditions_see_the_rules(costing: Costing) -> None:
    rules(costing, '[[tag]]\nmodel = "acme/model-1"\ntags = {team = "search"}\n')
    take(costing, ended(1), ended(2))

    frame = costing.report("monthly", by=[], where=["tag:team=search"], **OCTOBER)

    assert frame["predictions"].to_list() == [1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[tag]]\ntags = {a = "b"}\n', "names nothing"),
        ('[[tag]]\nmodel = "a/b"\n', "sets no tag"),
        ('[[tag]]\nmodel = "a/b"\ntags = {a = 1}\n', "must be text"),
        ('[[tag]]\nmodel = "a/b"\ntags = {"" = "b"}\n', "no name"),
        ('[[tag]]\nmodell = "a/b"\ntags = {a = "b"}\n', "did you mean model"),
        ("[[tag]\n", "not TOML"),
    ],
)
def test_errors_tell_the_line(text: str, told: str) -> None:
    with pytest.raises(TagFileRefused, match=told) as refused:
        parse_tag_rules(text.encode(), "tags.toml")

    assert "line" in str(refused.value)


def test_an_error_is_told_once() -> None:
    with pytest.raises(TagFileRefused) as refused:
        parse_tag_rules(b'[[tag]]\nmodel = 5\nversion = "v"\ntags = {a = "b"}\n', "tags.toml")

    assert str(failure_of(refused.value)).count("model must be text") == 1


def test_every_error_stands_on_a_line_of_its_own() -> None:
    text = '[[tag]]\ntags = {a = "b"}\n[[tag]]\nmodel = "a/b"\n'

    with pytest.raises(TagFileRefused) as refused:
        parse_tag_rules(text.encode(), "tags.toml")

    assert str(failure_of(refused.value)).split("\n") == [
        "error: tags.toml refused: 2 findings",
        "  = tags.toml, line 1: error: the entry names nothing; "
        "name a model, version or deployment",
        "  = tags.toml, line 3: error: the entry sets no tag; "
        'add a line such as tags = {team = "search"}',
        "  help: mend the file; `costing doctor` tells whether it is well",
    ]


def test_the_doctor_tells_of_a_refused_file(costing: Costing) -> None:
    rules(costing, '[[tag]]\nmodel = "a/b"\n')

    [check] = [one for one in costing.check_installation() if one.name == "tags"]

    assert (check.verdict, check.found.count("sets no tag")) == (Verdict.FAIL, 1)
