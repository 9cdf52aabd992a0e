"""One sentence: what to do, why, and how sure that is.

The rule this file owns: a policy that is not likely to meet the target is not recommended while
another is, and the confidence is the share of replications in which the choice was right. Few
requests give none: playing the same two again and again makes them no surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pricing.simulator.amount import rough_usd
from pricing.simulator.comparison import Result
from pricing.simulator.policy import Gpu, PolicyKind, Tier
from pricing.simulator.search import LIKELY, Sizing

FEW_REQUESTS = 100
"""With fewer, P95 of waits, the usual target, rests on fewer than five of them."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do.

    Attributes:
        result: the policy to take, as it did.
        meets_target: whether it is likely to meet the target; where not, no policy is.
        confidence: share of replications in which it met the target and no other policy that is
            likely to meet it did so for less; None where it rests on fewer than FEW_REQUESTS.
        reason: why, with the numbers.
        requests: how many it rests on: of the recording, or of the period where those are fewer.
    """

    result: Result
    meets_target: bool
    confidence: float | None
    reason: str
    requests: int

    @property
    def sentence(self) -> str:
        """The recommendation in one sentence."""
        result = self.result
        cost = rough_usd(result.cost_usd_p50)
        doubt = "" if self.meets_target else "No policy is likely to meet the target. "
        sure = "no confidence" if self.confidence is None else f"confidence {self.confidence:.0%}"
        advice = "Take"
        if self.confidence is None:
            few = f"{_counted(self.requests)}, where {FEW_REQUESTS} are the least"
            doubt += f"This rests on too little: {few}. "
            advice = "No advice, but first in what was played is"
        return (
            f"{doubt}{advice} {result.policy.name}: {cost} for the period at the median, "
            f"{self.reason} ({sure})."
        )


def recommend(results: Sequence[Result], sizing: Sizing | None, *, requests: int) -> Recommendation:
    """Choose the cheapest of those likely to meet the target, else the likeliest.

    Args:
        requests: how many the results rest on.
    """
    likely = [result for result in results if result.met_share >= LIKELY]
    if likely:
        best = min(likely, key=lambda result: result.cost_usd_p50)
    else:
        best = max(results, key=lambda result: (result.met_share, -result.cost_usd_p50))
    candidates = likely or [best]
    count = len(best.trials)
    right = sum(_is_right(best, candidates, number) for number in range(count))
    confidence = right / count if requests >= FEW_REQUESTS else None
    reason = _reason(best, results[0], sizing) if likely else "the likeliest to meet it"
    return Recommendation(best, bool(likely), confidence, reason, requests)


def _counted(requests: int) -> str:
    return "1 request" if requests == 1 else f"{requests} requests"


def _is_right(best: Result, candidates: Sequence[Result], number: int) -> bool:
    mine = best.trials[number]
    others = (result.trials[number] for result in candidates if result is not best)
    is_cheapest = all(not other.is_met or other.cost_usd >= mine.cost_usd for other in others)
    return mine.is_met and is_cheapest


def _if_so_fast(tier: Tier | None) -> str:
    """The condition that a tier of unmeasured speed stands under."""
    if tier is None or tier.time.is_certain:
        return ""
    return f", if it takes {tier.time.low:.3g} to {tier.time.high:.3g} times as long: measure it"


def _reason(best: Result, public: Result, sizing: Sizing | None) -> str:
    """Say why, by the number that decides: r for own GPUs, the ratio of costs for another tier."""
    if best.policy.kind is PolicyKind.OTHER_TIER and public.cost_usd_p50:
        share = float(best.cost_usd_p50 / public.cost_usd_p50)
        cheaper = f"as the same work costs {share:.0%} of what it does as {public.policy.name}"
        return cheaper + _if_so_fast(best.policy.overflow)
    cheapest = "the cheapest of what is likely to meet the target"
    if public.met_share < LIKELY and public.cost_usd_p50 < best.cost_usd_p50:
        less = f"{public.policy.name} at {rough_usd(public.cost_usd_p50)}"
        return f"{cheapest}, as {less} met it in {public.met_share:.0%} of replications only"
    if sizing is None or not sizing.worths:
        return cheapest
    first = sizing.worths[0]
    if best is public and not first.pays:
        busy = f"{first.utilisation:.0%} busy"
        return f"as the first own GPU would be {busy} and needs {first.needed:.0%}"
    paying = sum(worth.pays for worth in sizing.worths)
    if not isinstance(best.policy.instance, Gpu) or not paying:
        return cheapest
    return (
        f"as {paying} own GPU{'s' if paying != 1 else ''} would be busier than the "
        f"{first.needed:.0%} that they need"
    )
