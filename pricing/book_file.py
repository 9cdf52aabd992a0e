"""One price file: from TOML text to a checked `BookVersion`.

Everything that makes a file unfit to price by is refused here, for loading as for lint: a price as
a float, an instant without an offset, a name that means nothing, a missing source or date. What
two files say together is the matter of `timeline` and `lint`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from pricing.error import suggest
from pricing.finding import Finding
from pricing.money import PRICE_DIGITS, PRICE_SCALE, QUANTITY_DIGITS, QUANTITY_SCALE
from pricing.rate import Confidence, Rate, RateKey, RateSubject
from pricing.tier import parse_condition
from pricing.toml_table import TomlFile, TomlTable, parse_toml
from pricing.unit import SECOND, units
from pricing.version import BookVersion, Discount, VersionKind

HEADER_NAMES = frozenset(
    {
        "book",
        "version",
        "effective_from",
        "known_since",
        "kind",
        "corrects",
        "reason",
        "currency",
        "source",
        "checked_on",
        "confidence",
        "note",
        "builds_on",
        "complete",
        "discount",
        "rate",
        "default",
    }
)
RATE_NAMES = frozenset(
    {
        "sku",
        "model",
        "unit",
        "when",
        "price_usd",
        "published",
        "effective_from",
        "known_since",
        "source",
        "confidence",
        "note",
        "checked_on",
        "withdrawn",
        "free",
        "input_field",
        "input_factor",
        "replaces_from",
    }
)
DEFAULT_NAMES = frozenset({"model", "when", "source", "confidence", "note"})
DISCOUNT_NAMES = frozenset({"percent", "sku", "model", "effective_from", "source", "note"})

_CONFIDENCES = tuple(Confidence)
_CONFIDENCE_BY_WORD = {confidence.value: confidence for confidence in Confidence}
_NO_INSTANT = datetime(1, 1, 1, tzinfo=UTC)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A price file as far as it could be read.

    Attributes:
        path: the file.
        version: what it says, without the parts in error; None where it is no TOML at all.
        findings: what is wrong with it; empty for a file that may be used.
    """

    path: str
    version: BookVersion | None
    findings: tuple[Finding, ...]


def parse_version(content: bytes, path: str) -> ParsedFile:
    """Read a price file.

    Args:
        content: the file's bytes; its digest is taken of them as they are.
        path: how findings and rates name the file.
    """
    file, values = parse_toml(content, path)
    if values is None:
        return ParsedFile(path, None, tuple(file.findings))
    header = TomlTable(file, values)
    header.check_names(HEADER_NAMES)
    version = _version(file, header, hashlib.sha256(content).hexdigest())
    return ParsedFile(path, version, tuple(file.findings))


def _version(file: TomlFile, header: TomlTable, digest: str) -> BookVersion:
    bare = _header(file, header, digest)
    if header.text("currency", "USD") != "USD":
        header.report(
            "currency", "only USD is priced", 'convert the prices, write currency = "USD"'
        )
    _check_kind(header, bare.kind)
    rates = [_rate(table, bare) for table in header.tables("rate")]
    return replace(
        bare,
        rates=tuple(rate for rate in rates if rate is not None),
        defaults=_defaults(header),
        discounts=_discounts(header, bare),
    )


def _header(file: TomlFile, header: TomlTable, digest: str) -> BookVersion:
    """Read what a file says of itself, its rates left out."""
    checked_on = header.day("checked_on")
    if checked_on is None and "checked_on" not in header.values:
        header.report("checked_on", "checked_on is missing", "say when the source was last seen")
    return BookVersion(
        book=header.required_text("book", "name the book; its folder has the same name"),
        version=header.required_text("version", "give the version a name of its own"),
        effective_from=_required_instant(header, "effective_from"),
        known_since=_required_instant(header, "known_since"),
        kind=VersionKind(header.choice("kind", tuple(VersionKind), VersionKind.MOVE)),
        corrects=header.text("corrects") or None,
        reason=header.text("reason"),
        source=header.required_text("source", "say where the prices were read"),
        checked_on=checked_on,
        confidence=_confidence(header, Confidence.MEDIUM),
        note=header.text("note"),
        builds_on=header.text("builds_on") or None,
        is_complete=header.flag("complete"),
        path=file.path,
        digest=digest,
    )


def _required_instant(table: TomlTable, name: str) -> datetime:
    found = table.instant(name)
    if name not in table.values:
        table.report(name, f"{name} is missing", f"write {name} = 2026-01-31T00:00:00Z")
    return found or _NO_INSTANT


def _confidence(table: TomlTable, default: Confidence) -> Confidence:
    if "confidence" not in table.values:
        return default
    return _CONFIDENCE_BY_WORD[table.choice("confidence", _CONFIDENCES, default)]


def _check_kind(header: TomlTable, kind: VersionKind) -> None:
    if kind is VersionKind.CORRECTION:
        header.required_text("corrects", "name the version whose prices were wrong")
        header.required_text("reason", "say why the earlier prices were wrong")
    elif "corrects" in header.values:
        header.report("corrects", "a move corrects nothing", 'write kind = "correction"')


def _rate(table: TomlTable, version: BookVersion) -> Rate | None:
    """Read one rate; None where it lacks what it is about."""
    before = len(table.file.findings)
    key = _key(table)
    if key is None:
        return None
    table.label = str(key)
    table.check_names(RATE_NAMES)
    price = _price(table)
    rate = Rate(
        key=key,
        price_usd=price,
        effective_from=table.instant("effective_from") or version.effective_from,
        published=table.text("published"),
        source=table.text("source") or version.source,
        confidence=_confidence(table, version.confidence),
        note=table.text("note"),
        version=version.version,
        input_field=table.text("input_field") or None,
        input_factor=_input_factor(table),
        book=version.book,
        known_since=table.instant("known_since") or version.known_since,
        checked_on=table.day("checked_on") or version.checked_on,
        path=version.path,
        line=table.line,
        replaces_from=table.instant("replaces_from"),
    )
    if rate.replaces_from is not None and version.kind is not VersionKind.CORRECTION:
        table.report("replaces_from", "only a correction replaces a rate", "remove replaces_from")
    return rate if len(table.file.findings) == before else None


def _key(table: TomlTable) -> RateKey | None:
    values = table.values
    sku, model = table.text("sku"), table.text("model")
    if bool(sku) is bool(model):
        table.report("sku", "a rate prices one sku or one model", 'write sku = "…" or model = "…"')
        return None
    table.label = sku or model
    unit = table.required_text("unit", f'write unit = "{SECOND}" or another of units.toml')
    if unit and unit not in units():
        _report_unit(table, unit)
    when = _when(table) if "when" in values else ()
    if when and (sku or unit == SECOND):
        table.report("when", "a price per second has no tiers", "remove when")
    if sku and unit != SECOND:
        table.report("unit", f"hardware is priced per {SECOND}", f'write unit = "{SECOND}"')
    subject_kind = RateSubject.SKU if sku else RateSubject.MODEL
    return RateKey(subject_kind, sku or model, unit, when)


def _report_unit(table: TomlTable, unit: str) -> None:
    from difflib import get_close_matches

    near = get_close_matches(unit, units(), n=2)
    table.report("unit", f"unknown unit {unit!r}", suggest(near, list(units())))


def _when(table: TomlTable) -> tuple[tuple[str, str], ...]:
    """Read selectors and conditions; true, false and whole numbers may stand without quotes."""
    conditions = table.values.get("when")
    if not isinstance(conditions, dict):
        table.report("when", "when must be a table", 'write when = { resolution = "720p" }')
        return ()
    pairs = []
    for selector, value in sorted(conditions.items()):
        text = str(value).lower() if isinstance(value, bool | int) else value
        if not isinstance(text, str) or not text.strip():
            table.report("when", f"the condition on {selector} must be text", "write it in quotes")
        else:
            pairs.append((selector, parse_condition(text).text))
    return tuple(pairs)


def _price(table: TomlTable) -> Decimal | None:
    """Read the price, which a withdrawal lacks, and which is zero only where it says so."""
    is_withdrawn, is_free = table.flag("withdrawn"), table.flag("free")
    if is_withdrawn and (is_free or "price_usd" in table.values):
        table.report("withdrawn", "a withdrawn rate has no price", "remove one of the two")
    if "price_usd" not in table.values:
        if not is_withdrawn and not is_free:
            help_text = 'write price_usd = "…", or withdrawn = true'
            table.report("price_usd", "price_usd is missing", help_text)
        return Decimal(0) if is_free else None
    price = table.decimal("price_usd", digits=PRICE_DIGITS, scale=PRICE_SCALE)
    if price is not None and (price < 0 or (price == 0 and not is_free)):
        help_text = "write free = true if it costs nothing, withdrawn = true if it is gone"
        table.report("price_usd", f"price_usd {price:f} is not positive", help_text)
    elif price and is_free:
        table.report("free", "a free rate has no price", "remove one of the two")
    return price


def _input_factor(table: TomlTable) -> Decimal | None:
    if "input_factor" not in table.values:
        return Decimal(1) if "input_field" in table.values else None
    factor = table.decimal("input_factor", digits=QUANTITY_DIGITS, scale=QUANTITY_SCALE)
    if factor is not None and factor <= 0:
        table.report("input_factor", "input_factor is not positive", "write a number above 0")
    if "input_field" not in table.values:
        table.report("input_factor", "there is no input_field", "name it, or remove input_factor")
    return factor


def _defaults(header: TomlTable) -> dict[str, dict[str, str]]:
    defaults: dict[str, dict[str, str]] = {}
    for table in header.tables("default"):
        table.check_names(DEFAULT_NAMES)
        model = table.required_text("model", 'write model = "owner/name"')
        table.label = f"default of {model}"
        values = dict(_when(table))
        for selector in sorted(defaults.get(model, {}).keys() & values.keys()):
            table.report("when", f"{selector} has a default already", "keep one of the two")
        defaults.setdefault(model, {}).update(values)
    return defaults


def _discounts(header: TomlTable, version: BookVersion) -> tuple[Discount, ...]:
    tables = header.tables("discount")
    if tables and version.builds_on is None:
        header.report("discount", "there is no book to discount", 'write builds_on = "replicate"')
    return tuple(_discount(table, version) for table in tables)


def _discount(table: TomlTable, version: BookVersion) -> Discount:
    table.label = "discount"
    table.check_names(DISCOUNT_NAMES)
    percent = table.decimal("percent", digits=7, scale=4)
    if percent is None and "percent" not in table.values:
        table.report("percent", "percent is missing", 'write percent = "12.5"')
    if percent is not None and not 0 <= percent < _HUNDRED:
        table.report("percent", f"percent {percent} is not from 0 to below 100", "mend it")
    sku, model = table.text("sku"), table.text("model")
    if sku and model:
        table.report("model", "a discount is on sku or on model", "write two discounts")
    kind = RateSubject.SKU if sku else RateSubject.MODEL if model else None
    return Discount(
        percent=percent or Decimal(0),
        effective_from=table.instant("effective_from") or version.effective_from,
        subject_kind=kind,
        pattern=sku or model or "*",
        version=version.version,
        source=table.text("source") or version.source,
        line=table.line,
    )
