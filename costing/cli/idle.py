"""`costing budget check` where nothing is new, without the command line itself: docs/adr/0007.

Rule of this file: it answers only what cron asks every minute, in its plain form, and only where
the answer is silence; all else, and whatever goes wrong, is left to the command.
"""

from __future__ import annotations

from collections.abc import Sequence

_ASKED = ("budget", "check")


def is_idle_check(arguments: Sequence[str]) -> bool:
    """Whether the arguments ask for a check that has nothing to evaluate, send or say."""
    if tuple(word for word in arguments if word != "--quiet") != _ASKED:
        return False
    from costing.budget.check import has_nothing_new
    from costing.settings import load_settings

    try:
        return has_nothing_new(load_settings())
    except Exception:  # noqa: BLE001 - the command itself says what is wrong
        return False
