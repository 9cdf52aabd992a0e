"""Billing rules are dated, cover all time, and one that cannot be read is refused."""

from __future__ import annotations

import pytest

from pricing.rule import BillingClass, InvalidRule, Pay, RuleBook, Scope, read_rules, shipped_rules
from tests.pricing.rating_case import at

RULE = """
[[rule]]
id = "{name}"
class = "{name}"
source = "a test"
note = "a note"
{more}
pays = {{ succeeded = "usage" }}
"""
TRIAD = "".join(RULE.format(name=name, more="") for name in BillingClass)


def later_rule(text: str) -> str:
    return RULE.replace('class = "{name}"', 'class = "by_unit"').format(name="later", more=text)


def test_shipped_rules_know_the_six_statuses() -> None:
    statuses = {"starting", "processing", "succeeded", "failed", "canceled", "aborted"}

    assert all(set(rule.pays) - {"always_on"} == statuses for rule in shipped_rules().rules)


def test_instances_kept_on_pay_where_time_online_is_billed() -> None:
    kept_on = {rule.billing_class for rule in shipped_rules().rules if "always_on" in rule.pays}

    assert kept_on == {BillingClass.ONLINE_TIME}


@pytest.mark.parametrize(
    ("billing_class", "status", "pays"),
    [
        (BillingClass.ACTIVE_TIME, "failed", Pay.NOTHING),
        (BillingClass.ACTIVE_TIME, "canceled", Pay.USAGE),
        (BillingClass.ACTIVE_TIME, "aborted", Pay.NOTHING),
        (BillingClass.BY_UNIT, "failed", Pay.NOTHING),
        (BillingClass.BY_UNIT, "canceled", Pay.USAGE),
        (BillingClass.ONLINE_TIME, "failed", Pay.USAGE),
        (BillingClass.ONLINE_TIME, "aborted", Pay.USAGE),
    ],
)
def test_shipped_rules_pay(billing_class: BillingClass, status: str, pays: Pay) -> None:
    rule = shipped_rules().rule(billing_class, at("2026-01-01"))

    assert rule.pays[status] is pays


def test_rule_of_a_scope_falls_back_to_the_rule_for_all() -> None:
    rule = shipped_rules().rule(BillingClass.BY_UNIT, at("2026-01-01"), Scope.FINE_TUNE)

    assert rule.rule_id == "by-unit"


@pytest.mark.parametrize(
    ("instant", "name"),
    [("2025-06-30T23:59:59.999999", "online-time"), ("2025-07-01T00:00:00", "online-time-2025")],
)
def test_rule_changes_at_its_instant(instant: str, name: str) -> None:
    rule = shipped_rules().rule(BillingClass.ONLINE_TIME, at(instant))

    assert rule.rule_id == name


def test_rules_as_known_on_leave_out_what_was_known_later() -> None:
    known = shipped_rules().as_known_on(at("2025-01-01"))

    assert known.rule(BillingClass.ONLINE_TIME, at("2026-01-01")).rule_id == "online-time"


def test_rule_breakpoints_are_the_beginnings_of_later_rules() -> None:
    assert shipped_rules().breakpoints() == (at("2025-07-01"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        RULE.format(name="by_unit", more=""),
        TRIAD + RULE.format(name="by_unit", more=""),
        TRIAD + later_rule('since = "2025-01-01"'),
        TRIAD + later_rule("since = 2025-01-01T00:00:00"),
        TRIAD + later_rule('scope = "some"'),
        TRIAD + later_rule('undocumented = "failed"'),
        TRIAD.replace('"usage"', '"all"'),
        TRIAD.replace('source = "a test"', ""),
        TRIAD.replace('pays = { succeeded = "usage" }', ""),
    ],
    ids=[
        "no rules",
        "classes without a rule",
        "a name twice",
        "an instant as text",
        "an instant without offset",
        "unknown scope",
        "undocumented is no list",
        "unknown pay",
        "no source",
        "no statuses",
    ],
)
def test_rules_that_cannot_hold_are_refused(text: str) -> None:
    with pytest.raises(InvalidRule):
        read_rules(text)


def test_rule_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(InvalidRule, match="no such rule"):
        RuleBook(shipped_rules().rules).named("nothing")


def test_repr_of_a_rule_is_the_same_in_every_run() -> None:
    rules = read_rules(TRIAD + later_rule('undocumented = ["failed", "aborted", "failed"]'))

    assert rules.named("later").undocumented == ("aborted", "failed")
