"""budgets.toml: what it may say, and that every mistake is told with its line."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from costing.budget.budget import Budget, PeriodKind
from costing.budget.budget_file import (
    MOST_CHANGE_SCOPES,
    BudgetFileRefused,
    read_budget_file,
)
from reports.derivations.anomalies import Kind

BERLIN = ZoneInfo("Europe/Berlin")


def read(text: str) -> tuple[Budget, ...]:
    return read_budget_file(text.encode(), "budgets.toml", BERLIN).budgets


def test_least_budget_has_its_defaults() -> None:
    [budget] = read('[[budget]]\nname = "all"\nlimit_usd = 500\n')
    assert budget.kind is PeriodKind.MONTH
    assert budget.zone == BERLIN
    assert budget.limit_usd == Decimal(500)
    assert [one.written for one in budget.thresholds] == ["80%", "100%", "forecast 100%"]
    assert budget.max_staleness == timedelta(hours=36)
    assert budget.max_unrated_percent == Decimal(5)


def test_whole_budget_is_understood() -> None:
    [budget] = read(
        """
        [[budget]]
        name = "search"
        limit_usd = "499.99"
        period = "custom"
        from = 2026-11-01
        until = 2027-02-01
        zone = "Asia/Kolkata"
        scope = ["model=acme/*", "tag:team=search", "hardware=gpu-*", "deployment=acme/x"]
        thresholds = ["12.5%", "$450", "forecast $600", "usd 470"]
        burn = ["5m+1h 20x", "1h+6h 10x"]
        channels = ["ops"]
        strict = true
        anomalies = ["new spend", "above usual"]
        max_staleness = "2d"
        max_unrated_percent = "0.5"
        max_episodes = 1
        """
    )
    assert [one.threshold_id for one in budget.thresholds] == [
        "actual:12.5pct",
        "actual:amount1",
        "forecast:amount1",
        "actual:amount2",
    ]
    assert [one.amount_usd(budget.limit_usd) for one in budget.thresholds] == [
        Decimal("62.49875"),
        Decimal(450),
        Decimal(600),
        Decimal(470),
    ]
    assert [one.threshold_id for one in budget.burns] == ["burn:5m+1h", "burn:1h+6h"]
    assert len(budget.scope) == 4
    assert budget.is_strict


def test_changing_an_amount_keeps_its_threshold() -> None:
    head = '[[budget]]\nname = "all"\nlimit_usd = 500\n'
    ids = [read(f'{head}thresholds = ["${amount}"]')[0].thresholds[0] for amount in (300, 400)]
    assert ids[0].threshold_id == ids[1].threshold_id


HEAD = '[[budget]]\nname = "all"\nlimit_usd = 500\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("[[budget\n", 1, "not TOML", id="syntax"),
        pytest.param("[[budget]]\nlimit_usd = 5\n", 1, "name is missing", id="no name"),
        pytest.param('[[budget]]\nname = "a"\n', 1, "limit_usd is missing", id="no limit"),
        pytest.param('[[budget]]\nname = "a"\nlimit_usd = ""\n', 3, "limit_usd", id="empty limit"),
        pytest.param('[[budget]]\nname = "a"\nlimit_usd = 5.5\n', 3, "float", id="float"),
        pytest.param('[[budget]]\nname = "a"\nlimit_usd = "-5"\n', 3, "more than 0", id="below 0"),
        pytest.param('[[budget]]\nname = "a"\nlimit_usd = "5 USD"\n', 3, "no", id="no number"),
        pytest.param(f"{HEAD}{HEAD}", 5, "stands in line 1", id="name twice"),
        pytest.param(f"{HEAD}limits = 5\n", 4, "means nothing", id="unknown name"),
        pytest.param(f'{HEAD}period = "monthly"\n', 4, "did you mean month", id="period"),
        pytest.param(f'{HEAD}period = "custom"\n', 4, "later day", id="custom without days"),
        pytest.param(f"{HEAD}from = 2026-11-01\n", 4, "custom periods only", id="stray day"),
        pytest.param(f'{HEAD}zone = "Mars"\n', 4, "Mars", id="zone"),
        pytest.param(f'{HEAD}scope = ["modle=x"]\n', 4, "modle", id="dimension"),
        pytest.param(f'{HEAD}scope = ["day=x"]\n', 4, "day=x", id="calendar as scope"),
        pytest.param(f'{HEAD}scope = ["model"]\n', 4, "model", id="no condition"),
        pytest.param(f'{HEAD}thresholds = ["80"]\n', 4, "no threshold", id="threshold"),
        pytest.param(f'{HEAD}thresholds = ["80%", "80.0%"]\n', 4, "twice", id="threshold twice"),
        pytest.param(f"{HEAD}thresholds = [80]\n", 4, "must be texts", id="threshold no text"),
        pytest.param(f'{HEAD}burn = ["6h+1h 10x"]\n', 4, "windows", id="windows reversed"),
        pytest.param(f'{HEAD}strict = "yes"\n', 4, "true or false", id="flag"),
        pytest.param(f'{HEAD}anomalies = ["new modle"]\n', 4, "no kind", id="anomaly"),
        pytest.param(f"{HEAD}anomalies = 3\n", 4, "must be texts", id="anomaly no text"),
        pytest.param(
            f'{HEAD}scope = ["hardware=cpu"]\nanomalies = true\n',
            5,
            "cannot be looked for by hardware",
            id="changes by what is known once priced",
        ),
        pytest.param(
            '[[budget]]\nname = "a"\nlimit_usd = ' + "9" * 400 + "\n", 3, "less than", id="huge"
        ),
        pytest.param('[[budget]]\nname = "a"\nlimit_usd = 1e400\n', 3, "float", id="infinite"),
        pytest.param('[[budget]]\nname = "a"\nlimit_usd = "1e400"\n', 3, "digits", id="exponent"),
        pytest.param(
            f'{HEAD}period = "custom"\nfrom = 2026-01-01\nuntil = 9999-12-31\n',
            5,
            "at most 3,660 days",
            id="endless",
        ),
        pytest.param(
            f'{HEAD}period = "custom"\nfrom = 1969-01-01\nuntil = 1970-01-01\n',
            5,
            "from 2000 to",
            id="before time",
        ),
        pytest.param(f"{HEAD}channels = []\n", 4, "is empty", id="no channel"),
        pytest.param(
            f"{HEAD}thresholds = {[f'{n}%' for n in range(1, 60)]}\n", 4, "more than 50", id="many"
        ),
        pytest.param(
            f"{HEAD}scope = {[f'model=m{n}' for n in range(1001)]}\n", 4, "1,000", id="wide"
        ),
        pytest.param(
            f"{HEAD}thresholds = ['{'9' * 400}%']\n", 4, "…' is no threshold", id="long text"
        ),
        pytest.param(
            '[[budget]]\nname = "é"\nlimit_usd = 5\n[[budget]]\nname = "e\\u0301"\nlimit_usd = 5\n',
            5,
            "stands in line 1",
            id="name twice, written otherwise",
        ),
        pytest.param(f'{HEAD}max_staleness = "soon"\n', 4, "no age", id="age"),
        pytest.param(f'{HEAD}max_unrated_percent = "101"\n', 4, "0 to 100", id="share"),
        pytest.param(f"{HEAD}max_episodes = 0\n", 4, "from 1 to 100", id="episodes"),
    ],
)
def test_mistake_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BudgetFileRefused) as caught:
        read(text)
    [finding] = caught.value.findings
    assert f"line {line}" in finding.where
    assert words in f"{finding.message}; {finding.help}"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BudgetFileRefused) as caught:
        read('[[budget]]\nname = "a"\nlimit_usd = 0\nperiod = "x"\nzone = "y"\n')
    assert len(caught.value.findings) == 3


def test_kinds_of_anomalies_are_all_none_or_some() -> None:
    assert [
        read(f"{HEAD}{text}")[0].anomalies
        for text in ("", "anomalies = false", "anomalies = true", 'anomalies = ["new model"]')
    ] == [(), (), tuple(Kind), (Kind.NEW_MODEL,)]


def test_changes_of_too_many_scopes_are_refused() -> None:
    def budgets(scope: str) -> str:
        return "".join(
            f'[[budget]]\nname = "b{number}"\nlimit_usd = 5\nanomalies = true\n'
            f'scope = ["{scope}{number}"]\n'
            for number in range(MOST_CHANGE_SCOPES + 1)
        )

    assert len(read(budgets("model=acme/m"))) == MOST_CHANGE_SCOPES + 1
    with pytest.raises(BudgetFileRefused) as caught:
        read(budgets("tag:team=t"))
    [finding] = caught.value.findings
    assert f"line {MOST_CHANGE_SCOPES * 5 + 4}" in finding.where
