"""What own GPUs cost: dated offers of providers, one TOML file each, the user's own beside ours.

The rule this file owns: every price carries its source and its date, its age is told, and one older
than a year is refused as the ground of a decision unless the user says otherwise. What the source
does not say is named under `assumed`, as a pair of bounds where it moves the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import StrEnum
from pathlib import Path

from pricing.error import PricingError
from pricing.money import parse_decimal
from pricing.simulator.error import ImpossibleInput, OfferRefused, UnknownName
from pricing.simulator.estimate import CERTAIN, Estimate
from pricing.toml_table import TomlFile, TomlTable, parse_toml

SHIPPED_FOLDER = Path(__file__).parents[1] / "offers" / "selfhost"
STALE_DAYS = 90
"""RunPod rose by a fifth within three months of 2026."""
TOO_OLD_DAYS = 365
HOURS_PER_MONTH = Decimal("730.5")
"""A twelfth of a year of 365.25 days."""

_ROUNDED = Context(prec=20)
_HEADER = frozenset(
    {"provider", "name", "source", "increment_seconds", "note", "offer", "reserved", "hardware"}
    | {"assumed"}
)
_OFFER = frozenset(
    {"gpu", "instance", "gpus_per_unit", "on_demand_usd", "spot_usd", "as_of", "source"}
)
_RESERVED = frozenset({"term_months", "percent_off", "source", "assumed"})
_HARDWARE = frozenset(
    {"gpu", "price_usd", "life_months", "salvage_usd", "watts", "pue", "kilowatt_hour_usd"}
    | {"as_of", "source", "assumed"}
)
_CHEAP_WHEN_HIGH = frozenset({"life_months", "salvage_usd"})
_Bounds = tuple[Decimal, Decimal]


class Purchase(StrEnum):
    """How a GPU is paid for."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED_1_YEAR = "reserved-1-year"
    RESERVED_3_YEARS = "reserved-3-years"
    BOUGHT = "bought"


_TERMS = {12: Purchase.RESERVED_1_YEAR, 36: Purchase.RESERVED_3_YEARS}


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to have one kind of GPU.

    Attributes:
        provider: its short name, as the file is called.
        gpu: kind of GPU: T4, A40, L40S, A100-40, A100-80, H100.
        instance: what the provider calls it.
        gpus_per_unit: GPUs that are sold together, at least 1.
        hour_usd: US dollars for one GPU-hour; the geometric mean where only bounds are known.
        increment_seconds: what is rented is billed in whole multiples of this.
        as_of: day on which the price was read.
        price_factor: bounds of the price over `hour_usd`.
        assumed: what its source does not say, as (name, value).
    """

    provider: str
    gpu: str
    instance: str
    purchase: Purchase
    gpus_per_unit: int
    hour_usd: Decimal
    increment_seconds: int
    source: str
    as_of: date
    note: str = ""
    price_factor: Estimate = CERTAIN
    assumed: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Provider, GPU, instance and way of paying."""
        return f"{self.provider} {self.gpu} {self.instance} {self.purchase}"


@dataclass(frozen=True, slots=True)
class Bought:
    """A GPU that one owns.

    Attributes:
        life_months: months over which it is written off, above 0.
        salvage_usd: what it still brings then.
        watts: drawn on average; `pue` multiplies it by what cooling and supply take.
    """

    price_usd: Decimal
    life_months: Decimal
    salvage_usd: Decimal
    watts: Decimal
    pue: Decimal
    kilowatt_hour_usd: Decimal

    def hour_usd(self) -> Decimal:
        """US dollars for each hour of its life, powered on throughout, to 20 digits.

        >>> Bought(*map(Decimal, ("73050", "100", "0", "1000", "1", "0.1"))).hour_usd()
        Decimal('1.1')
        """
        if self.life_months <= 0:
            raise ImpossibleInput("life_months", self.life_months, "give months above 0")
        if self.salvage_usd > self.price_usd:
            raise ImpossibleInput("salvage_usd", self.salvage_usd, "give at most the price")
        hours = self.life_months * HOURS_PER_MONTH
        worn = _ROUNDED.divide(self.price_usd - self.salvage_usd, hours)
        return worn + self.watts * self.pue * self.kilowatt_hour_usd / 1000


def load_offers(folders: Sequence[Path]) -> tuple[Offer, ...]:
    """Read all offers: the shipped ones, and those of the user's folders.

    A file of the user's replaces the shipped one of the same name.

    Raises:
        OfferRefused: files with errors, all of them listed.
    """
    roots = (SHIPPED_FOLDER, *(folder for folder in folders if folder.is_dir()))
    paths = {path.name: path for root in roots for path in sorted(root.glob("*.toml"))}
    files = [parse_offers(path.read_bytes(), str(path)) for path in paths.values()]
    findings = [finding for file, _ in files for finding in file.findings]
    if findings:
        raise OfferRefused(findings)
    return tuple(offer for _, offers in files for offer in offers)


def find_offers(offers: Sequence[Offer], gpu: str) -> tuple[Offer, ...]:
    """All offers of one kind of GPU, the cheapest first.

    Raises:
        UnknownName: nobody offers it.
    """
    found = [offer for offer in offers if offer.gpu.casefold() == gpu.casefold()]
    if not found:
        raise UnknownName("GPU", gpu, sorted({offer.gpu for offer in offers}))
    return tuple(sorted(found, key=lambda offer: offer.hour_usd))


def parse_offers(content: bytes, path: str) -> tuple[TomlFile, list[Offer]]:
    """Read one file; its mistakes stand in the file's findings, and then there are no offers."""
    file, values = parse_toml(content, path)
    if values is None:
        return file, []
    header = TomlTable(file, values)
    header.check_names(_HEADER)
    provider = header.required_text("provider", 'write provider = "runpod"')
    header.required_text("source", "say where the prices were read")
    offers = [offer for table in header.tables("offer") for offer in _rented(header, table)]
    offers += [_bought(header, table) for table in header.tables("hardware") if _is_whole(table)]
    if not offers and not file.findings:
        header.report("offer", f"{provider} offers nothing", "write an [[offer]]")
    return file, [] if file.findings else offers


def _rented(header: TomlTable, table: TomlTable) -> list[Offer]:
    table.label = table.text("gpu")
    table.check_names(_OFFER)
    on_demand, spot = (_money(table, name) for name in ("on_demand_usd", "spot_usd"))
    if on_demand is None and spot is None:
        table.report("on_demand_usd", "there is no price", 'write on_demand_usd = "1.79"')
    offers = []
    if spot is not None:
        offers.append(_offer(header, table, Purchase.SPOT, (spot, spot)))
    if on_demand is not None:
        offers.append(_offer(header, table, Purchase.ON_DEMAND, (on_demand, on_demand)))
        for term, (least, most), assumed in _reserved(header):
            bounds = (on_demand * (100 - most) / 100, on_demand * (100 - least) / 100)
            offers.append(_offer(header, table, term, bounds, assumed))
    return offers


def _reserved(header: TomlTable) -> list[tuple[Purchase, _Bounds, tuple[tuple[str, str], ...]]]:
    """Terms with the least and the most percent off, and what of them is assumed."""
    found = []
    for table in header.tables("reserved"):
        table.check_names(_RESERVED)
        months, percent = _whole(table, "term_months", "12"), _bounds(table, "percent_off")
        if months not in _TERMS or percent is None or percent[1] >= 100:
            table.report("term_months", "no such term", "write 12 or 36 months and percent_off")
        else:
            found.append((_TERMS[months], percent, _assumed(table)))
    return found


def _is_whole(table: TomlTable) -> bool:
    table.label = table.text("gpu")
    table.check_names(_HARDWARE)
    missing = [name for name in Bought.__slots__ if _bounds(table, name) is None]
    for name in missing:
        table.report(name, f"{name} is missing", f'write {name} = "…"')
    return not missing


def _bought(header: TomlTable, table: TomlTable) -> Offer:
    pairs = {name: _bounds(table, name) or (Decimal(0),) * 2 for name in Bought.__slots__}
    cheap, dear = (
        Bought(*(pair[(name in _CHEAP_WHEN_HIGH) != is_dear] for name, pair in pairs.items()))
        for is_dear in (False, True)
    )
    bounds = (cheap.hour_usd(), dear.hour_usd())
    return _offer(header, table, Purchase.BOUGHT, bounds, _assumed(table))


def _offer(
    header: TomlTable,
    table: TomlTable,
    purchase: Purchase,
    bounds: _Bounds,
    assumed: tuple[tuple[str, str], ...] = (),
) -> Offer:
    as_of = table.day("as_of")
    if as_of is None:
        table.report("as_of", "as_of is missing", "write the day on which the price was read")
    hour_usd = _middle(bounds)
    return Offer(
        provider=header.text("provider"),
        gpu=table.required_text("gpu", 'write gpu = "A100-80"'),
        instance=table.text("instance"),
        purchase=purchase,
        gpus_per_unit=_whole(table, "gpus_per_unit", "1"),
        hour_usd=hour_usd,
        increment_seconds=_whole(header, "increment_seconds", "1"),
        source=table.text("source") or header.text("source"),
        as_of=as_of or date.min,
        note=header.text("note"),
        price_factor=Estimate(*(float(bound / hour_usd) for bound in bounds))
        if bounds[0] > 0
        else CERTAIN,
        assumed=(*_assumed(header), *assumed),
    )


def _middle(bounds: _Bounds) -> Decimal:
    """The price itself, or the geometric mean of its bounds to a hundredth of a cent."""
    low, high = bounds
    if low == high:
        return low
    middle = _ROUNDED.sqrt(low * high).quantize(Decimal("0.0001"))
    return min(max(middle, low), high)


def _assumed(table: TomlTable) -> tuple[tuple[str, str], ...]:
    """What a table says that its source does not, with the values."""
    names = table.values.get("assumed", [])
    known = list(table.values)
    if not isinstance(names, list) or not all(name in known for name in names):
        help_text = 'write assumed = ["increment_seconds"]'
        table.report("assumed", "assumed lists no names of what stands beside it", help_text)
        return ()
    return tuple((str(name), _shown(table.values[name])) for name in names)


def _shown(value: object) -> str:
    return " to ".join(map(str, value)) if isinstance(value, list) else str(value)


def _quoted(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("an exact number stands in quotes")
    return value


def _bounds(table: TomlTable, name: str) -> _Bounds | None:
    """A number, or the two bounds of one that is not known."""
    value = table.values.get(name)
    if not isinstance(value, list):
        number = _money(table, name)
        return None if number is None else (number, number)
    try:
        low, high = (parse_decimal(one, digits=20, scale=12) for one in map(_quoted, value))
    except (ValueError, PricingError):
        low, high = Decimal(1), Decimal(0)
    if not 0 <= low <= high:
        table.report(name, f"{name} is no pair of bounds", f'write {name} = ["30", "36"]')
        return None
    return low, high


def _money(table: TomlTable, name: str) -> Decimal | None:
    value = table.decimal(name, digits=20, scale=12)
    if value is not None and value < 0:
        table.report(name, f"{name} is below 0", "mend it")
    return value


def _whole(table: TomlTable, name: str, default: str) -> int:
    text = table.text(name, default)
    if not text.isdecimal() or int(text) < 1:
        table.report(name, f"{name} is no whole number above 0", f'write {name} = "{default}"')
        return 1
    return int(text)
