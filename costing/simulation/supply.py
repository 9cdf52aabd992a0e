"""What a demand can be served by: Replicate's tiers from a price book, own GPUs from dated offers.

Rule of this file: no price is made up. A tier that the book does not price and a GPU that nobody
offers are refused; a relative speed that nobody measured is a range.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.errors import UsageError
from pricing.simulator.autoscaler import WARM_IMAGE_BOOT
from pricing.simulator.duration import Duration, lognormal_by_median
from pricing.simulator.estimate import CERTAIN, Estimate
from pricing.simulator.offer import Offer, Purchase, find_offers, load_offers
from pricing.simulator.policy import Gpu, Tier
from pricing.simulator.speed import relative_time, relative_times
from pricing.sku import find_sku, skus

if TYPE_CHECKING:
    from costing.settings import Settings
    from costing.simulation.request import ScenarioRequest
    from pricing.book import PriceBook

_RESERVED = (Purchase.RESERVED_1_YEAR, Purchase.RESERVED_3_YEARS)
NO_GPU = "none"
_COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class Supply:
    """What may serve.

    Attributes:
        tier: the Replicate tier that serves, on which run times were measured unless `now_on` says
            that it is another; its time is over those.
        others: tiers to compare with it.
        gpu: own GPU; None for none.
        reserved: the same GPU with a reserved price beside it; None where nobody offers that.
        offer: what the own GPU's price was read from; empty where the user gave it.
        price_factor: bounds of that price over what it is taken to be.
        assumed: (name, value, what it is) of what neither the user nor an offer's source says.
    """

    tier: Tier
    others: tuple[Tier, ...]
    gpu: Gpu | None
    reserved: Gpu | None
    offer: str
    price_factor: Estimate = CERTAIN
    assumed: tuple[tuple[str, str, str], ...] = ()

    def at_one_price(self) -> Supply:
        """The same where the user says how uncertain prices are, so that no offer does."""
        reserved = self.reserved and replace(self.reserved, reserved_factor=CERTAIN)
        return replace(self, reserved=reserved, price_factor=CERTAIN)


INTERRUPTIONS_PER_HOUR = Estimate(0.001, 0.25)
"""Spot: once in six weeks to once in four hours. No vendor documents it, so the range is wide."""


def find_supply(request: ScenarioRequest, settings: Settings, now: datetime) -> Supply:
    """Find tiers and GPU.

    Raises:
        UsageError: no hardware was named, or the book does not price it.
        PricingError: there is no such hardware, book, GPU or offer.
    """
    from pricing.book import load_book

    if request.hardware is None:
        raise UsageError(
            "no hardware was named", help="add --hardware gpu-a100-large, on which it runs now"
        )
    book = load_book(request.book or settings.book, folders=settings.book_folders)
    measured_on = gpu_kind(find_sku(request.hardware).sku)
    if request.now_on is None:
        tier = find_tier(book, request.hardware, now)
    else:
        time = _time_on(request.now_on, measured_on)
        tier = find_tier(book, request.now_on, now, time)
    others = _other_tiers(book, tier, measured_on, request.other_hardware, now=now)
    if request.own_gpu == NO_GPU:
        return Supply(tier, others, None, None, "")
    return _with_gpu(request, settings, tier, others, now)


def find_tier(book: PriceBook, hardware: str, now: datetime, time: Estimate = CERTAIN) -> Tier:
    """A tier with its price.

    Raises:
        UnknownSku: no tier is called so.
        UsageError: the book has no price for it now.
    """
    sku = find_sku(hardware).sku
    found = book.sku_rate(sku, now)
    if found is None or found.rate.price_usd is None:
        raise UsageError(
            f'book {book.name} has no price for "{sku}" on {now:%Y-%m-%d}',
            help=f"name the tier that it would run on now: --now-on gpu-l40s; "
            f"`costing prices show {book.name}` tells which are sold",
        )
    rate, price_usd = found.rate, found.rate.price_usd
    as_of = rate.checked_on or rate.effective_from.astimezone(UTC).date()
    return Tier(sku, price_usd, f"{rate.reference}: {rate.source}", as_of, time)


def _time_on(hardware: str, measured_on: str) -> Estimate:
    """Run time on a tier over that on the kind of GPU that it was measured on.

    Raises:
        UsageError: nobody compared the two.
    """
    sku = find_sku(hardware).sku
    return _compared(gpu_kind(sku), measured_on, sku, "name a tier of one GPU that was")


def _own_time(kind: str, measured_on: str) -> Estimate:
    """Run time on an own GPU over that on the kind of GPU that it was measured on.

    Raises:
        UsageError: nobody compared the two.
    """
    advice = "measure it, and give the run time on it over that on the tier: --own-time 0.9:1.2"
    return _compared(kind, measured_on, f'"{kind}"', advice)


def _compared(kind: str, measured_on: str, name: str, advice: str) -> Estimate:
    if kind == measured_on or {kind, measured_on} <= relative_times().keys():
        return relative_time(kind, measured_on)
    raise UsageError(
        f"nobody compared how fast {name} is beside {measured_on or 'what the run times are of'}",
        help=f"{advice}; known are {', '.join(relative_times())}",
    )


def gpu_kind(sku: str) -> str:
    """The kind of GPU of a tier, as offers name it: `A100-80`; empty for a CPU or several GPUs.

    >>> gpu_kind("gpu-a100-large"), gpu_kind("gpu-h100-2x")
    ('A100-80', '')
    """
    known = skus()[sku]
    return known.gpu.removesuffix(" GB").replace(" ", "-") if known.gpu_count == 1 else ""


def _other_tiers(
    book: PriceBook, tier: Tier, kind: str, asked: Sequence[str] | None, *, now: datetime
) -> tuple[Tier, ...]:
    """The tiers asked for, else all of one GPU whose speed was compared and that may be cheaper.

    Args:
        kind: of the GPU that run times were measured on.
    """
    if asked is not None:
        names = [find_sku(name).sku for name in asked]
        for name in names:
            _time_on(name, kind)
    elif kind in relative_times():
        names = [one for one in skus() if gpu_kind(one) in relative_times() and one != tier.sku]
        names = [one for one in names if (rate := book.sku_rate(one, now)) and rate.rate.price_usd]
    else:
        return ()
    found = [find_tier(book, one, now, relative_time(gpu_kind(one), kind)) for one in names]
    if asked is not None:
        return tuple(found)
    return tuple(one for one in found if _work_usd(one) < _work_usd(tier))


def _with_gpu(
    request: ScenarioRequest,
    settings: Settings,
    tier: Tier,
    others: tuple[Tier, ...],
    now: datetime,
) -> Supply:
    kind = request.own_gpu or gpu_kind(tier.sku)
    offers = load_offers(settings.offer_folders)
    if request.own_gpu is None and not any(offer.gpu == kind for offer in offers):
        return Supply(tier, others, None, None, "")
    time = request.own_time or _own_time(kind, gpu_kind(find_sku(request.hardware or tier.sku).sku))
    boot = own_boot(request)
    if request.own_price is not None:
        gpu = Gpu(kind, request.own_price, "given by hand", now.date(), boot, time)
        return Supply(tier, others, gpu, None, "")
    fitting = find_offers(offers, kind)
    offer = choose_offer(fitting, request.offer)
    gpu, term = _gpu(offer, boot, time, request), _reserved_offer(offer, fitting)
    reserved = None
    if term is not None:
        reserved = replace(gpu, reserved_hour_usd=term.hour_usd, reserved_factor=term.price_factor)
    assumed = tuple(_assumed(request, offer, term))
    return Supply(tier, others, gpu, reserved, offer.name, offer.price_factor, assumed)


def own_boot(request: ScenarioRequest) -> Duration:
    """How long a GPU of our own takes to serve."""
    if request.own_boot_median is None or request.own_boot_p95 is None:
        return WARM_IMAGE_BOOT
    return lognormal_by_median(request.own_boot_median, request.own_boot_p95)


def choose_offer(offers: Sequence[Offer], words: str | None) -> Offer:
    """The cheapest offer with all the words in its name, on demand unless they say otherwise.

    Without words, one that everyone may use: on demand, one GPU at a time, no community cloud.

    Raises:
        UsageError: no offer has these words.
    """
    if words is None:
        usual = [one for one in offers if one.purchase is Purchase.ON_DEMAND]
        usual = [one for one in usual if _COMMUNITY not in one.instance] or usual or list(offers)
        return min(usual, key=lambda one: (one.gpus_per_unit, one.hour_usd))
    wanted = words.casefold().split()
    fitting = [one for one in offers if all(word in one.name.casefold() for word in wanted)]
    if not fitting:
        known = "; ".join(dict.fromkeys(one.name for one in offers))
        what = f'no offer of {offers[0].gpu} is called "{words}"'
        raise UsageError(what, help=f"there are: {known}")
    usual = [one for one in fitting if one.purchase is Purchase.ON_DEMAND]
    is_named = any(one.purchase in wanted for one in fitting)
    return (fitting if is_named or not usual else usual)[0]


def _gpu(offer: Offer, boot: Duration, time: Estimate, request: ScenarioRequest) -> Gpu:
    is_spot = offer.purchase is Purchase.SPOT
    return Gpu(
        name=offer.gpu,
        hour_usd=offer.hour_usd,
        source=f"{offer.name}: {offer.source}",
        as_of=offer.as_of,
        boot=boot,
        time=time,
        gpus_per_unit=offer.gpus_per_unit,
        increment_seconds=offer.increment_seconds,
        interruptions_per_hour=request.interruptions_per_hour
        or (INTERRUPTIONS_PER_HOUR if is_spot else None),
    )


def _reserved_offer(offer: Offer, offers: Sequence[Offer]) -> Offer | None:
    """The dearer reserved offer of the same machine at the same provider, sold one by one."""
    same = [
        one
        for one in offers
        if one.purchase in _RESERVED
        and (one.provider, one.instance) == (offer.provider, offer.instance)
    ]
    if not same or offer.purchase is not Purchase.ON_DEMAND or offer.gpus_per_unit > 1:
        return None
    return same[-1]


def _assumed(
    request: ScenarioRequest, offer: Offer, term: Offer | None
) -> Iterator[tuple[str, str, str]]:
    """What was chosen for the user, and what the offers' sources do not say."""
    if request.offer is None:
        yield "offer", f"{offer.name} at ${offer.hour_usd} an hour", "own GPU and its price"
    for name, value in offer.assumed:
        yield name, value, f"of {offer.name}: its source does not say it"
    if term is not None:
        for name, value in term.assumed:
            if (name, value) not in offer.assumed:
                yield name, value, f"of {term.name}: its source does not say it"
    if offer.purchase is Purchase.SPOT and request.interruptions_per_hour is None:
        bounds = f"{INTERRUPTIONS_PER_HOUR.low:g} to {INTERRUPTIONS_PER_HOUR.high:g}"
        yield "interruptions_per_hour", bounds, "spot: taken back so often; no vendor documents it"


def _work_usd(tier: Tier) -> Decimal:
    """Price of what takes a second on the reference tier."""
    return tier.second_usd * Decimal(repr(tier.time.middle))
