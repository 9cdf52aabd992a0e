"""Billing rules: what each class of record pays at each status, and since when.

The rules are data, in rules.toml beside this file: dated like prices, each with its source and
with the statuses on which Replicate's documentation is silent or contradicts itself. This file
reads them and answers which rule holds at an instant.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pricing.error import PricingError

_SHIPPED = Path(__file__).with_name("rules.toml")
Member = TypeVar("Member", bound=StrEnum)
_ALWAYS = datetime.min.replace(tzinfo=UTC)


class BillingClass(StrEnum):
    """By what a record is charged."""

    ACTIVE_TIME = "active_time"  # the seconds it ran
    ONLINE_TIME = "online_time"  # every second an instance is online; the record shows a part
    BY_UNIT = "by_unit"  # images, tokens, seconds of video, runs


class Pay(StrEnum):
    """What a record pays at its status."""

    USAGE = "usage"
    NOTHING = "nothing"
    LATER = "later"


class Scope(StrEnum):
    """Which records of a class a rule speaks of."""

    ALL = "all"
    FINE_TUNE = "fine_tune"  # fast-booting fine-tunes, which the user's map calls `active`


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated billing rule.

    Attributes:
        rule_id: its name in charges, unique.
        since: first instant at which it holds, aware UTC.
        known_since: first instant at which it could be known.
        pays: what each known status pays; a status that stands here nowhere is unknown.
        undocumented: statuses on which the source is silent or contradicts itself, sorted: the
            `repr` of a rule is part of a digest and must not depend on the order of a set.
        source: where it was read.
        note: what a reader of an explanation should know.
    """

    rule_id: str
    billing_class: BillingClass
    scope: Scope
    since: datetime
    known_since: datetime
    pays: Mapping[str, Pay]
    undocumented: tuple[str, ...]
    source: str
    note: str

    def is_documented(self, status: str) -> bool:
        """Tell whether the source says what the status pays."""
        return status not in self.undocumented


class InvalidRule(PricingError):
    """A billing rule that cannot be read."""

    def __init__(self, rule_id: str, reason: str) -> None:
        """Tell which rule and what is wrong with it."""
        self.rule_id = rule_id
        self.reason = reason
        super().__init__(f"billing rule {rule_id!r}: {reason}", "mend rules.toml")


class RuleBook:
    """All billing rules. It never changes, and holds a rule for every class at every instant."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Keep the rules, latest first.

        Raises:
            InvalidRule: two rules share a name, or a class has no rule from the beginning.
        """
        self._rules = tuple(sorted(rules, key=lambda rule: rule.since, reverse=True))
        self._by_id = {rule.rule_id: rule for rule in self._rules}
        _require_unique(self._rules)
        _require_cover(self._rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, latest first."""
        return self._rules

    def named(self, rule_id: str) -> Rule:
        """Return the rule of that name, as a charge carries it.

        Raises:
            InvalidRule: no rule has the name.
        """
        if rule_id not in self._by_id:
            raise InvalidRule(rule_id, "there is no such rule")
        return self._by_id[rule_id]

    def rule(
        self, billing_class: BillingClass, instant: datetime, scope: Scope = Scope.ALL
    ) -> Rule:
        """Return the rule that holds: the latest of the scope, else the latest for all."""
        for asked in (scope, Scope.ALL):
            for rule in self._rules:
                key = rule.billing_class, rule.scope
                if key == (billing_class, asked) and rule.since <= instant:
                    return rule
        raise InvalidRule(billing_class, f"no rule holds at {instant.isoformat()}")

    def as_known_on(self, instant: datetime) -> RuleBook:
        """Return the rules that could be known by an instant."""
        return RuleBook(rule for rule in self._rules if rule.known_since <= instant)

    def breakpoints(self) -> tuple[datetime, ...]:
        """Return all instants at which a rule begins, but the beginning of time."""
        return tuple(sorted({rule.since for rule in self._rules} - {_ALWAYS}))


def read_rules(text: str) -> RuleBook:
    """Read billing rules from the text of a TOML file.

    Raises:
        InvalidRule: a rule lacks a field, or one has the wrong type.
    """
    return RuleBook(_read_rule(entry) for entry in tomllib.loads(text).get("rule", []))


def shipped_rules() -> RuleBook:
    """Read the billing rules that come with the product."""
    return read_rules(_SHIPPED.read_text(encoding="utf-8"))


def _require_unique(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.rule_id in seen:
            raise InvalidRule(rule.rule_id, "the name stands twice")
        seen.add(rule.rule_id)


def _require_cover(rules: Sequence[Rule]) -> None:
    """Demand of each class a rule for all its records from the beginning of time."""
    covered = {
        rule.billing_class
        for rule in rules
        if (rule.scope, rule.since, rule.known_since) == (Scope.ALL, _ALWAYS, _ALWAYS)
    }
    for billing_class in BillingClass:
        if billing_class not in covered:
            raise InvalidRule(billing_class, "the class needs a rule without `since`")


def _read_rule(entry: Mapping[str, object]) -> Rule:
    rule_id = _text(entry, "id", "(nameless)")
    since = _instant(entry, "since", rule_id)
    undocumented = entry.get("undocumented", [])
    if not isinstance(undocumented, list):
        raise InvalidRule(rule_id, "undocumented must be a list of statuses")
    return Rule(
        rule_id=rule_id,
        billing_class=_member(BillingClass, entry, "class", rule_id),
        scope=_member(Scope, {"scope": Scope.ALL.value, **entry}, "scope", rule_id),
        since=since,
        known_since=_instant({"known_since": since, **entry}, "known_since", rule_id),
        pays=_read_pays(entry, rule_id),
        undocumented=tuple(sorted({str(status) for status in undocumented})),
        source=_text(entry, "source", rule_id),
        note=_text(entry, "note", rule_id),
    )


def _read_pays(entry: Mapping[str, object], rule_id: str) -> Mapping[str, Pay]:
    pays = entry.get("pays")
    if not isinstance(pays, dict) or not pays:
        raise InvalidRule(rule_id, "pays must be a table of statuses")
    return {str(status): _member(Pay, pays, str(status), rule_id) for status in pays}


def _member(names: type[Member], entry: Mapping[str, object], key: str, rule_id: str) -> Member:
    value = _text(entry, key, rule_id)
    if value not in set(names):
        raise InvalidRule(rule_id, f"{key} must be one of {', '.join(names)}, not {value!r}")
    return names(value)


def _text(entry: Mapping[str, object], key: str, rule_id: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidRule(rule_id, f"{key} must be a text that is not empty")
    return value


def _instant(entry: Mapping[str, object], key: str, rule_id: str) -> datetime:
    value = entry.get(key, _ALWAYS)
    if not isinstance(value, datetime) or value.utcoffset() != timedelta(0):
        raise InvalidRule(rule_id, f"{key} must be an instant in UTC, as 2025-07-01T00:00:00Z")
    return value
