"""What a sync tells: what it fetched, and what became of that in the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

from costing.fold import FoldSummary


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """How one sync ended.

    Attributes:
        account: whose records they are, as addresses name it.
        predictions, trainings: records that the lists gave, those that were known before and those
            that were read twice counted, too.
        asked_again: records that had not ended, and were asked for one by one.
        missing: ids among those that Replicate does not know any more, ascending.
        unreadable: fetched records that were refused; they are kept with their reasons.
        deployments: deployments of the account.
        models: models that were asked for.
        is_whole: False where others held the ledger, so that records in it that had not ended
            could not be asked for.
        is_dry_run: whether nothing of it was kept.
        fold: what came into the ledger at the end, whoever had fetched it.
        waiting: rows that did not, since someone held the ledger; they are safe in the inbox.
    """

    account: str = ""
    predictions: int = 0
    trainings: int = 0
    asked_again: int = 0
    missing: tuple[str, ...] = ()
    unreadable: int = 0
    deployments: int = 0
    models: int = 0
    is_whole: bool = True
    is_dry_run: bool = False
    fold: FoldSummary = field(default_factory=FoldSummary)
    waiting: int = 0
