"""What the service counts, as Prometheus reads it at `/metrics`.

Rule of this file: labels come from closed sets (outcomes, routes as they are declared, statuses),
never from what a caller sends, so that nobody can fill the memory with names.
"""

from __future__ import annotations

from enum import Enum
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class WebhookOutcome(Enum):
    """How a webhook ended; docs/service.md tells the status of each."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    STALE = "stale"
    OVERSIZED = "oversized"
    SLOW = "slow"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"


class Measures:
    """The counters of one service."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self._registry = CollectorRegistry()
        webhooks = Counter(
            "costing_webhooks", "Webhooks by how they ended.", ["outcome"], registry=registry
        )
        self._webhooks = {one: webhooks.labels(one.value) for one in WebhookOutcome}
        self.tags_left_out = Counter(
            "costing_webhook_tags_left_out", "Tags in addresses that were none.", registry=registry
        )
        self._rows = Counter(
            "costing_api_rows", "Records that were sent in.", ["outcome"], registry=registry
        )
        self._requests = Counter(
            "costing_requests", "Answers.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "costing_request_seconds", "Seconds until the answer.", ["route"],
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._rounds = Counter(
            "costing_rounds", "Folds, syncs and checks by how they ended.", ["what", "outcome"],
            registry=registry,
        )  # fmt: skip
        gauge = partial(Gauge, registry=registry)
        self.inbox_rows = gauge("costing_inbox_rows", "Rows that are not in the ledger yet.")
        self.inbox_age = gauge("costing_inbox_oldest_seconds", "Age of the oldest of them.")
        self.fold_age = gauge(
            "costing_fold_age_seconds", "Seconds since the last fold that went well."
        )
        self.budgets_age = gauge(
            "costing_budgets_age_seconds",
            "Seconds since the last check of the budgets that went well.",
        )
        self.undelivered = gauge(
            "costing_undelivered_messages", "Messages of alerts that are to be sent."
        )

    def count_webhook(self, outcome: WebhookOutcome) -> None:
        """Count a webhook."""
        self._webhooks[outcome].inc()

    def count_rows(self, *, accepted: int, rejected: int) -> None:
        """Count records that were sent to the interface."""
        self._rows.labels("accepted").inc(accepted)
        self._rows.labels("rejected").inc(rejected)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_round(self, what: str, *, is_done: bool) -> None:
        """Count a fold, a sync or a check."""
        self._rounds.labels(what, "done" if is_done else "failed").inc()

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)
