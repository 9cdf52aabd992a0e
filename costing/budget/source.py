"""The budgets and channels in force: budgets.toml where the settings say that it lies.

Rule of this file: budgets and channels are read from one file and its mistakes are told together;
without any `[[channel]]`, alerts go to standard output, which cron sends as mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from costing.budget.budget_file import BudgetFileRefused, read_budget_file
from costing.budget.place import read_content
from costing.errors import NotFound
from costing.instant import find_zone
from pricing.finding import Finding, Severity

if TYPE_CHECKING:
    from costing.budget.budget import Budget
    from costing.notify.channel import Channel
    from costing.settings import Settings

STANDARD_OUTPUT = "stdout"


@dataclass(frozen=True, slots=True)
class Source:
    """What a budgets.toml says.

    Attributes:
        budgets: in the order of the file.
        channels: by name; `stdout` is always there.
        own_channels: names of those that the file itself defines.
    """

    budgets: tuple[Budget, ...]
    channels: Mapping[str, Channel]
    own_channels: tuple[str, ...]

    def channels_of(self, budget: Budget) -> tuple[str, ...]:
        """Who is told of a budget: the channels that it names, else all of the file's."""
        return budget.channels or self.own_channels or (STANDARD_OUTPUT,)

    def find(self, name: str) -> Budget:
        """The budget of a name.

        Raises:
            NotFound: there is none.
        """
        for budget in self.budgets:
            if budget.name == name:
                return budget
        from difflib import get_close_matches

        near = get_close_matches(name, [one.name for one in self.budgets], n=1)
        meant = f'did you mean "{near[0]}"? ' if near else ""
        raise NotFound(f'no budget "{name}"', help=f"{meant}`costing budget list` shows them")


def read_source(settings: Settings, content: bytes | None = None) -> Source:
    """The budgets and channels in force.

    Args:
        settings: say where the file lies and which zone is meant where a budget names none.
        content: the file's bytes, where they were read already.

    Raises:
        NoBudgets: there is no file.
        PricingError: it has errors, all of them listed with their lines.
    """
    from costing.notify.channel import Channel
    from costing.notify.channel_file import read_channels
    from costing.notify.standard_output import STANDARD_OUTPUT as SENDER
    from costing.settings import process_environment

    content = read_content(settings) if content is None else content
    path = settings.budgets_file
    file = read_budget_file(content, str(path), find_zone(settings.timezone))
    own = read_channels(content, path, process_environment())
    implied = {STANDARD_OUTPUT: Channel(STANDARD_OUTPUT, STANDARD_OUTPUT, SENDER)}
    source = Source(file.budgets, {**implied, **own}, tuple(own))
    _refuse_unknown_channels(source, str(path))
    return source


def _refuse_unknown_channels(source: Source, path: str) -> None:
    known = ", ".join(source.channels)
    findings = [
        Finding(
            Severity.ERROR,
            path,
            f"line {budget.line}, budget {budget.name!r}",
            f"no channel is called {name!r}",
            f"add it as [[channel]], or choose among {known}",
            budget.line,
        )
        for budget in source.budgets
        for name in budget.channels
        if name not in source.channels
    ]
    if findings:
        raise BudgetFileRefused(findings)
