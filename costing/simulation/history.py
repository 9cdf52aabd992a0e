"""Demand as the ledger recorded it: arrivals, run times, waits, and what it charged for them.

Rule of this file: a replay is of one tier, that on which most ran unless another is asked, and
says what it leaves out. What the simulator makes of the very requests is held against the
ledger's own charges, tier by tier and price by price: they must be equal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from costing.errors import NotFound
from costing.instant import find_zone
from costing.rated_ledger import Rating, rated_ledger
from costing.simulation.pool_history import MOST_DAYS, PoolSeen, WaitsSeen, replay_pool
from costing.statement import read_statement, run_statement
from costing.tariff import tariff_source
from pricing.calendar import parse_range
from pricing.money import add_exact
from pricing.simulator.calibration import Calibration, calibrate
from pricing.simulator.compiled import TWIN, load_kernel
from pricing.simulator.demand import DAY, HOUR, Recording
from pricing.simulator.policy import Tier, public
from pricing.simulator.scenario import CERTAINTY, Scenario
from pricing.simulator.trial import try_policy
from pricing.simulator.world import Shares, make_world
from pricing.sku import find_sku

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from costing.lock import Turn
    from costing.settings import Settings
    from costing.simulation.request import ScenarioRequest
    from pricing.simulator.compiled import Kernel

_FOLDER = "simulation/queries"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_WAITS = WaitsSeen(None, 0, 0, None, None, None)


@dataclass(frozen=True, slots=True)
class TierSeen:
    """What ran on a tier at one price.

    Attributes:
        sku: empty where the model's own price per second was charged, whatever it ran on.
        requests, unbilled: those that were charged, and those that cost nothing.
    """

    sku: str
    unit_price_usd: Decimal
    requests: int
    unbilled: int
    seconds: Decimal
    amount_usd: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """What was recorded.

    Attributes:
        recording: requests of `sku`, from `starts_at` on.
        waits: of the public pool.
        calibration: boots and idle timeout of deployments and private models; None where none ran.
        pool: the one of them with the most requests, played again; None where too little is known.
        left_out: requests on other tiers, and those that cost nothing.
        replayed_usd: what the public model charges in the simulator for all tiers' requests.
        charged_usd: what the ledger charges for the same.
    """

    recording: Recording
    sku: str
    starts_at: datetime
    ends_at: datetime
    tiers: tuple[TierSeen, ...]
    waits: WaitsSeen
    calibration: Calibration | None
    pool: PoolSeen | None
    left_out: int
    replayed_usd: Decimal
    charged_usd: Decimal

    @property
    def is_reproduced(self) -> bool:
        """Whether the replay costs what the ledger charges, to the last digit."""
        return self.replayed_usd == self.charged_usd

    @property
    def days(self) -> float:
        """How long was recorded."""
        return self.recording.length / DAY


def read_history(
    request: ScenarioRequest, settings: Settings, turn: Turn, now: datetime
) -> History:
    """Read the demand of the ledger.

    Raises:
        NotFound: nothing in the ledger is priced by the second as asked.
        CostingError, PricingError: the ledger cannot be read.
    """
    zone = find_zone(settings.timezone)
    asked = parse_range(from_=request.from_, to=request.to, last=request.last, zone=zone, now=now)
    bounds = (asked.start, asked.end) if asked else (None, None)
    # It may be compiled for seconds, so not while the ledger is held.
    kernel = load_kernel(settings.cache)
    rating = Rating(tariff_source(settings, book=request.book))
    with rated_ledger(settings, rating, turn) as connection:
        given = {"starts_at": _text(bounds[0]), "ends_at": _text(bounds[1]), "model": request.model}
        run_statement(connection, _FOLDER, "requests", given)
        return _read(connection, request, now.date(), kernel)


def _read(
    connection: DuckDBPyConnection, request: ScenarioRequest, today: date, kernel: Kernel
) -> History:
    rows = connection.execute(read_statement(_FOLDER, "tiers")).fetchall()
    tiers = tuple(TierSeen(*row) for row in rows)
    sku = _choose(tiers, request.hardware)
    recording, starts_at = _record(connection, sku)
    replays = [_replay(connection, tier, today) for tier in tiers if tier.requests]
    found = connection.execute(read_statement(_FOLDER, "waits"), {"sku": sku}).fetchall()
    waits = [WaitsSeen(*row) for row in found]
    calibration = _calibrate(connection, sku) if any(one.pool for one in waits) else None
    return History(
        recording=replace(recording, is_resampled=bool(request.resample_weeks)),
        sku=sku,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(microseconds=recording.length // 1000),
        tiers=tiers,
        waits=next((one for one in waits if one.pool is None), NO_WAITS),
        calibration=calibration,
        pool=_largest_pool(connection, sku, waits, calibration, today=today, kernel=kernel),
        left_out=sum(one.unbilled + (one.requests if one.sku != sku else 0) for one in tiers),
        replayed_usd=add_exact(replays),
        charged_usd=add_exact([tier.amount_usd for tier in tiers]),
    )


def _choose(tiers: tuple[TierSeen, ...], hardware: str | None) -> str:
    """The tier that is asked, or that most seconds ran on."""
    named = find_sku(hardware).sku if hardware else None
    for tier in tiers:
        if tier.requests and tier.sku and named in {None, tier.sku}:
            return tier.sku
    where = f" on {named}" if named else ""
    raise NotFound(
        f"the ledger has no predictions that are charged by the second{where} in this selection",
        help="run `costing report monthly --by hardware`, and `costing hardware missing`",
    )


def _calibrate(connection: DuckDBPyConnection, sku: str) -> Calibration:
    found = connection.execute(read_statement(_FOLDER, "alone"), {"sku": sku}).fetchall()
    return calibrate(found)


def _largest_pool(
    connection: DuckDBPyConnection,
    sku: str,
    waits: list[WaitsSeen],
    calibration: Calibration | None,
    *,
    today: date,
    kernel: Kernel,
) -> PoolSeen | None:
    """The pool with the most requests, played again as it was calibrated."""
    largest = next((one for one in waits if one.pool is not None), None)
    if largest is None or calibration is None:
        return None
    recording, _ = _record(connection, sku, pool=largest.pool)
    return replay_pool(largest, recording, calibration, today, kernel)


def _record(
    connection: DuckDBPyConnection,
    sku: str,
    *,
    unit_price_usd: Decimal | None = None,
    pool: str | None = None,
) -> tuple[Recording, datetime]:
    """The requests of a tier, from the hour of the first to that of the last.

    What was asked for beyond them is no quiet time: nothing may have been ingested of it.
    """
    price = None if unit_price_usd is None else f"{unit_price_usd:f}"
    given = {"sku": sku, "unit_price_usd": price, "pool": pool}
    found = connection.execute(read_statement(_FOLDER, "arrivals"), given).fetchnumpy()
    arrivals, services = found["arrival"].astype("int64"), found["service"].astype("int64")
    first, last = int(arrivals[0]), int(arrivals[-1])
    begin, end = first // HOUR * HOUR, (last // HOUR + 1) * HOUR
    recording = Recording(arrivals - begin, services, end - begin)
    return recording, _EPOCH + timedelta(microseconds=begin // 1000)


def _replay(connection: DuckDBPyConnection, seen: TierSeen, today: date) -> Decimal:
    """What the public model charges for what ran on a tier at a price, with nothing uncertain."""
    recording, _ = _record(connection, seen.sku, unit_price_usd=seen.unit_price_usd)
    tier = Tier(seen.sku, seen.unit_price_usd, "the ledger", today)
    days = min(-(-recording.length // DAY), MOST_DAYS)
    scenario = Scenario(recording, tier, today, uncertainty=CERTAINTY, days=days)
    world = make_world(scenario, Shares(scenario.seed, 0, 0))
    return try_policy(public(tier), world, TWIN, shown=()).cost_usd


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).replace(tzinfo=None).isoformat()
