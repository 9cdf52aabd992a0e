"""Writing a new version of a book: never an edit of an old one, and never one that lint refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pricing.book_file import ParsedFile, parse_version
from pricing.error import BookFileRefused, RateNotUnderstood, UnknownSku
from pricing.finding import Finding, Severity, about_version, has_error
from pricing.lint import lint_beside
from pricing.money import parse_price
from pricing.rate import Confidence, Rate, RateKey, RateSubject
from pricing.sku import find_sku
from pricing.tier import parse_condition
from pricing.unit import SECOND, find_unit
from pricing.version import BookVersion, Discount, VersionKind

_WITHDRAWN = "withdrawn"
_OWN_TIER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
"""How Replicate spells its tiers, and so how one that only a contract knows is to be spelled."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A new price file, not written yet.

    Attributes:
        path: where it belongs, within a folder of books.
        text: the whole file.
        questions: what a person should look at before writing it.
    """

    path: Path
    text: str
    questions: tuple[Finding, ...]


def read_rate(text: str) -> tuple[RateKey, Decimal | None]:
    """Read a rate as it is given on a command line.

    Args:
        text: `HARDWARE=PRICE` for a second, `OWNER/NAME:UNIT=PRICE` for a unit of a model, with
            tiers as `OWNER/NAME:UNIT[resolution=720p;with_audio=true]=PRICE`. The word
            `withdrawn` in place of the price ends it. Hardware that is not known is taken as a
            tier of a contract if it is spelled as Replicate spells its tiers (`gpu-b200-2x`).

    Raises:
        RateNotUnderstood: the text has another form.
        PricingError: the hardware or unit is unknown, or the price is no exact number.

    >>> key, price = read_rate("L40S=0.00080")
    >>> str(key), str(price)
    ('gpu-l40s per second', '0.0008')
    """
    subject, separator, price_text = text.rpartition("=")
    if not separator or not subject.strip():
        raise RateNotUnderstood(text)
    price = None if price_text.strip() == _WITHDRAWN else parse_price(price_text.strip())
    if "/" not in subject:
        return RateKey(RateSubject.SKU, _sku(subject.strip()), SECOND), price
    model, _, unit_text = subject.partition(":")
    unit, _, tier = unit_text.partition("[")
    find_unit(unit.strip() or SECOND)
    when = _when(tier.strip().removesuffix("]"), text)
    return RateKey(RateSubject.MODEL, model.strip(), unit.strip() or SECOND, when), price


def _sku(text: str) -> str:
    try:
        return find_sku(text).sku
    except UnknownSku:
        if _OWN_TIER.fullmatch(text) is None:
            raise
        return text


def _when(tier: str, text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in filter(None, tier.split(";")):
        selector, separator, condition = part.partition("=")
        if not separator:
            raise RateNotUnderstood(text)
        pairs.append((selector.strip(), parse_condition(condition).text))
    return tuple(sorted(pairs))


def draft_version(version: BookVersion, *, folders: Sequence[Path]) -> Draft:
    """Write a version as a file and look it over beside the other versions of its book.

    Args:
        version: what the new file is to say; its path and digest do not matter.
        folders: folders of books beside the shipped one.

    Raises:
        BookFileRefused: lint finds errors, a version of this name that exists already included; or
            it sets nothing: no price, discount or default.
    """
    path = Path(version.book, f"{version.version}.toml")
    text = format_version(version)
    parsed = parse_version(text.encode(), path.as_posix())
    findings = (*_lint_content(parsed), *lint_beside(version.book, [parsed], folders))
    if has_error(findings):
        raise BookFileRefused(findings)
    return Draft(path, text, findings)


def _lint_content(parsed: ParsedFile) -> Iterator[Finding]:
    version = parsed.version
    if version and not (version.rates or version.discounts or version.defaults):
        message = "the version sets no price"
        yield about_version(Severity.ERROR, version, message, "give it a rate or a discount")


def format_version(version: BookVersion) -> str:
    """Write a version in the form in which price files are read.

    What a rate shares with its version (instants, source, confidence) is written once, at the top.
    """
    blocks = [
        "\n".join(_header_lines(version)),
        *("\n".join(_discount_lines(discount, version)) for discount in version.discounts),
        *("\n".join(_rate_lines(rate, version)) for rate in version.rates),
        *("\n".join(_default_lines(model, when)) for model, when in version.defaults.items()),
    ]
    return "\n\n".join(blocks) + "\n"


def _header_lines(version: BookVersion) -> Iterator[str]:
    yield f"book = {_quote(version.book)}"
    yield f"version = {_quote(version.version)}"
    yield f"effective_from = {_instant(version.effective_from)}"
    yield f"known_since = {_instant(version.known_since)}"
    yield f"kind = {_quote(version.kind)}"
    if version.kind is VersionKind.CORRECTION:
        yield f"corrects = {_quote(version.corrects or '')}"
        yield f"reason = {_quote(version.reason)}"
    if version.builds_on:
        yield f"builds_on = {_quote(version.builds_on)}"
    yield f"currency = {_quote(version.currency)}"
    yield f"source = {_quote(version.source)}"
    if version.checked_on is not None:
        yield f"checked_on = {version.checked_on.isoformat()}"
    yield f"confidence = {_quote(version.confidence)}"
    if version.note:
        yield f"note = {_quote(version.note)}"
    if version.is_complete:
        yield "complete = true"


def _discount_lines(discount: Discount, version: BookVersion) -> Iterator[str]:
    yield "[[discount]]"
    yield f"percent = {_quote(format(discount.percent, 'f'))}"
    if discount.subject_kind is not None:
        yield f"{discount.subject_kind} = {_quote(discount.pattern)}"
    if discount.effective_from != version.effective_from:
        yield f"effective_from = {_instant(discount.effective_from)}"
    if discount.source not in ("", version.source):
        yield f"source = {_quote(discount.source)}"


def _rate_lines(rate: Rate, version: BookVersion) -> Iterator[str]:
    yield "[[rate]]"
    yield f"{rate.key.subject_kind} = {_quote(rate.key.name)}"
    yield f"unit = {_quote(rate.key.unit)}"
    if rate.key.when:
        yield f"when = {_table(dict(rate.key.when))}"
    if rate.effective_from != version.effective_from:
        yield f"effective_from = {_instant(rate.effective_from)}"
    if rate.replaces_from is not None:
        yield f"replaces_from = {_instant(rate.replaces_from)}"
    if rate.known_since is not None and rate.known_since != version.known_since:
        yield f"known_since = {_instant(rate.known_since)}"
    yield from _price_lines(rate)
    yield from _provenance_lines(rate, version)


def _price_lines(rate: Rate) -> Iterator[str]:
    if rate.price_usd is None:
        yield "withdrawn = true"
    elif not rate.price_usd:
        yield "free = true"
    else:
        yield f"price_usd = {_quote(format(rate.price_usd, 'f'))}"
    if rate.published:
        yield f"published = {_quote(rate.published)}"
    if rate.input_field is not None:
        yield f"input_field = {_quote(rate.input_field)}"
        yield f"input_factor = {_quote(format(rate.input_factor or Decimal(1), 'f'))}"


def _provenance_lines(rate: Rate, version: BookVersion) -> Iterator[str]:
    if rate.source not in ("", version.source):
        yield f"source = {_quote(rate.source)}"
    if rate.checked_on is not None and rate.checked_on != version.checked_on:
        yield f"checked_on = {rate.checked_on.isoformat()}"
    if Confidence(rate.confidence) is not version.confidence:
        yield f"confidence = {_quote(rate.confidence)}"
    if rate.note:
        yield f"note = {_quote(rate.note)}"


def _default_lines(model: str, when: Mapping[str, str]) -> Iterator[str]:
    yield "[[default]]"
    yield f"model = {_quote(model)}"
    yield f"when = {_table(when)}"


def _table(values: Mapping[str, str]) -> str:
    pairs = (f"{_name(name)} = {_quote(value)}" for name, value in values.items())
    return "{ " + ", ".join(pairs) + " }"


def _name(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else _quote(name)


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _quote(text: str) -> str:
    """Write a TOML basic string: a JSON string is one, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
