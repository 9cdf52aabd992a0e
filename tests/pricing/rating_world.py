"""Random worlds for laws of rating: a price book, rules, evidence and records that meet at edges.

A world is made of a seed and can be made of it again. All instants come from one small pool, so
that prices, rules, map entries, releases and records often fall on the same microsecond, which is
where half-open intervals go wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from pricing.book import BookVersion, Discount, PriceBook, Rate, RateKey, RateSubject, build_book
from pricing.catalogue import Catalogue, Observation
from pricing.hardware import DeploymentRelease
from pricing.hardware_map import Billing, HardwareMap, MapEntry
from pricing.rate import Confidence
from pricing.rule import BillingClass, Pay, Rule, RuleBook, Scope
from pricing.term import Tariff
from pricing.usage import Subject, Usage, charge_instant

ALWAYS = datetime.min.replace(tzinfo=UTC)
EDGES = [datetime(2024, month, 1, 12, 30, 0, 123456, tzinfo=UTC) for month in range(1, 7)]
POOL = [edge + timedelta(microseconds=off) for edge in EDGES for off in (-1, 0, 1)]
SKUS = ("gpu-t4", "gpu-l40s", "gpu-a100-large")
MODELS = ("acme/time", "acme/image", "acme/text", "acme/mixed", "acme/trainer", "acme/nobody")
STATUSES = ("starting", "processing", "succeeded", "failed", "canceled", "aborted", "exploded")
UNITS = {
    "acme/image": ("output_image",),
    "acme/text": ("input_token", "output_token"),
    "acme/mixed": ("output_image", "run"),
    "acme/trainer": ("training_step", "run"),
}
KEYS = (
    "image_output_count",
    "image_count",
    "token_input_count",
    "input_token_count",
    "token_output_count",
    "training_step_count",
    "input.num_outputs",
    "unheard_of_count",
)

FAR = (datetime(1960, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
SUBJECTS, USAGES = 16, 120


@dataclass(frozen=True, slots=True)
class World:
    """A tariff and records to be rated under it."""

    tariff: Tariff
    usages: tuple[Usage, ...]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Every subject, each once."""
        return tuple({usage.subject.subject_id: usage.subject for usage in self.usages}.values())


def make_world(seed: int) -> World:
    """Make a world of a seed: any tariff, some subjects, and records of each."""
    dice = Random(seed)
    subjects = [make_subject(dice, number) for number in range(1, SUBJECTS + 1)]
    usages = tuple(make_usage(dice, dice.choice(subjects), number) for number in range(USAGES))
    return World(make_tariff(dice), usages)


def make_tariff(dice: Random) -> Tariff:
    """Make any book under any rules and any evidence."""
    return Tariff(
        book=make_book(dice),
        rules=make_rules(dice),
        hardware_map=HardwareMap(make_entry(dice) for _ in range(dice.randrange(4))),
        releases=tuple(make_release(dice) for _ in range(dice.randrange(3))),
        catalogue=make_catalogue(dice) if dice.random() < 0.7 else None,
    )


def make_book(dice: Random) -> PriceBook:
    """Make a book of tiers, unit prices, and perhaps a trainer's own price per second."""
    version = BookVersion(
        "random", "1", EDGES[0], EDGES[0], rates=make_rates(dice, EDGES[:4]), defaults=_some(dice)
    )
    return build_book("random", [version])


def make_later_version(dice: Random, builds_on: str | None = None) -> BookVersion:
    """Make a version that is announced on the fourth edge and holds from the fifth on."""
    return BookVersion(
        "random",
        "2",
        EDGES[4],
        EDGES[3],
        rates=make_rates(dice, EDGES[4:]),
        defaults=_some(dice),
        discounts=(Discount(Decimal(7), EDGES[4]),) if builds_on else (),
        builds_on=builds_on,
    )


def _some(dice: Random) -> dict[str, dict[str, str]]:
    models = dice.sample(MODELS, dice.randrange(4))
    return {model: {"resolution": dice.choice(["720p", "4k"])} for model in models}


def make_rates(dice: Random, starts: Sequence[datetime]) -> tuple[Rate, ...]:
    """Make dated prices of some tiers and models."""
    rates: list[Rate] = []
    for sku in SKUS:
        if dice.random() < 0.8:
            rates += _statements(dice, RateKey(RateSubject.SKU, sku, "second"), starts)
    for model, units in UNITS.items():
        when = dice.choice([(), (), (("resolution", "720p"),)])
        for unit in units:
            if dice.random() < 0.8:
                rates += _statements(dice, RateKey(RateSubject.MODEL, model, unit, when), starts)
    if dice.random() < 0.5:
        rates += _statements(dice, RateKey(RateSubject.MODEL, "acme/time", "second"), starts)
    return tuple(rates)


def _statements(dice: Random, key: RateKey, starts: Sequence[datetime]) -> list[Rate]:
    """Make some dated prices of one key, withdrawals among them."""
    field = dice.choice([None, "num_outputs"]) if key.unit == "output_image" else None
    factor = dice.choice([None, Decimal("0.5"), Decimal("0.333333333")]) if field else None
    return [
        Rate(
            key,
            None if dice.random() < 0.2 else make_price(dice),
            start,
            source=f"source {number}",
            version="1",
            book="random",
            input_field=field,
            input_factor=factor,
            known_since=None if start in EDGES[4:] else dice.choice([None, start]),
        )
        for number, start in enumerate(dice.sample(starts, dice.randint(1, min(3, len(starts)))))
    ]


def make_price(dice: Random) -> Decimal:
    """Make a price of up to 20 digits, 12 of them decimals."""
    return Decimal(dice.randrange(10 ** dice.randint(1, 20))).scaleb(-12)


def make_quantity(dice: Random) -> Decimal:
    """Make a quantity of up to 18 digits, 9 of them decimals, now and then negative."""
    size = Decimal(dice.randrange(10 ** dice.randint(1, 18))).scaleb(-9)
    return -size if dice.random() < 0.15 else size


def make_rules(dice: Random) -> RuleBook:
    """Make rules that pay anything at any known status, and change now and then."""
    rules = []
    for billing_class in BillingClass:
        rules.append(_rule(dice, billing_class, Scope.ALL, ALWAYS))
        if dice.random() < 0.5:
            rules.append(_rule(dice, billing_class, Scope.ALL, dice.choice(EDGES)))
    if dice.random() < 0.5:
        rules.append(_rule(dice, BillingClass.ACTIVE_TIME, Scope.FINE_TUNE, dice.choice(EDGES)))
    return RuleBook(rules)


def _rule(dice: Random, billing_class: BillingClass, scope: Scope, since: datetime) -> Rule:
    known = STATUSES[:-1]
    pays = {status: dice.choice(list(Pay)) for status in known}
    return Rule(
        rule_id=f"{billing_class}-{scope}-{since:%Y-%m}",
        billing_class=billing_class,
        scope=scope,
        since=since,
        known_since=since,
        pays={**pays, "succeeded": Pay.USAGE} if dice.random() < 0.8 else pays,
        undocumented=tuple(sorted(dice.sample(known, dice.randrange(3)))),
        source="a test",
        note="a note",
    )


def make_entry(dice: Random) -> MapEntry:
    """Make an entry of the user's map, with or without dates."""
    return MapEntry(
        path="hardware.toml",
        line=dice.randint(1, 99),
        model=dice.choice([None, "acme/*", "acme/time", "acme/trainer"]),
        version=dice.choice([None, "v1", "v*"]),
        deployment=dice.choice([None, None, "acme/prod"]),
        sku=dice.choice([None, *SKUS]),
        billing=dice.choice([None, None, *Billing]),
        starts_at=_maybe_edge(dice),
        ends_at=_maybe_edge(dice),
        hardware=dice.choice([None, None, "gpu-unheard-of", "T*"]),
    )


def make_release(dice: Random) -> DeploymentRelease:
    """Make a release of the one deployment that has any."""
    sku = dice.choice(SKUS)
    return DeploymentRelease("acme/prod", sku, _maybe_edge(dice), _maybe_edge(dice), "7")


def make_catalogue(dice: Random) -> Catalogue:
    """Make sightings of one model, dated by edges or not at all."""
    return Catalogue([_sighting(dice, line) for line in range(1, dice.randint(2, 4))])


def _sighting(dice: Random, line: int) -> Observation:
    sku, start = dice.choice(SKUS), _maybe_edge(dice)
    end = start + timedelta(days=1) if start else None
    return Observation("acme/time", sku, sku, start, end, "a test", Confidence.HIGH, line)


def make_subject(dice: Random, number: int) -> Subject:
    """Make any combination."""
    return Subject(
        subject_id=number,
        kind=dice.choice(["prediction", "prediction", "training"]),
        account="acme",
        model=dice.choice(MODELS),
        version=dice.choice(["v1", "v1", "v2", "hidden", ""]),
        deployment=dice.choice(["", "", "", "acme/prod", "acme/other"]),
        hardware=dice.choice(["", "", "", "T4", "gpu-l40s", "gpu-unheard-of"]),
        selectors=dice.choice([(), (("resolution", "720p"),), (("resolution", "4k"),)]),
    )


def make_usage(dice: Random, subject: Subject, number: int) -> Usage:
    """Make a record with any status, any times in any order, and any readings."""
    created_at = dice.choice(POOL)
    started_at, completed_at = _maybe_instant(dice), _maybe_instant(dice)
    charged_at = charge_instant(completed_at, started_at, created_at)
    assert charged_at is not None
    keys = dice.sample(KEYS, dice.randrange(5))
    return Usage(
        prediction_id=f"p{number}",
        subject=subject,
        status=dice.choice([*STATUSES, "succeeded", "succeeded", "canceled"]),
        created_at=created_at,
        started_at=started_at,
        completed_at=completed_at,
        charged_at=charged_at,
        predict_seconds=None if dice.random() < 0.4 else make_quantity(dice),
        quantities={key: make_quantity(dice) for key in keys},
    )


def _maybe_edge(dice: Random) -> datetime | None:
    return dice.choice([None, *EDGES])


def _maybe_instant(dice: Random) -> datetime | None:
    return dice.choice([None, *POOL, *POOL, *FAR])
