"""What the global options said, and the way from there to the application.

Rule of this file: settings flags of a command are handed over by setting name here, so that
every command resolves settings in the one order of `costing.settings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from costing.cli.output import is_watched, say
from costing.cli.shape import Shape
from costing.clock import Clock, system_clock

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.settings import Settings


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options of one run.

    Attributes:
        is_quiet: no talk but errors.
        config: the project file that `--config` names.
        home: the data directory that `--home` names.
        clock: the current instant.
    """

    is_quiet: bool = False
    config: Path | None = None
    home: str | None = None
    clock: Clock = system_clock

    def settings(self, **flags: object) -> Settings:
        """The settings in force, with the given settings flags on top; None is not given."""
        from costing.settings import load_settings

        return load_settings({"home": self.home, **flags}, config=self.config)

    def open(self, **flags: object) -> Costing:
        """The application under these settings, which tells people when it has to wait."""
        from costing.app import Costing

        return Costing(self.settings(**flags), announce=self.tell, clock=self.clock)

    def tell(self, line: str) -> None:
        """Tell the user something that is no data, unless quiet."""
        if not self.is_quiet:
            say(line)

    def shows_summary(self, shape: Shape) -> bool:
        """Whether to write what a command did: a table is talk, what programs ask for is data."""
        return not self.is_quiet or shape is not Shape.TABLE

    @property
    def has_progress(self) -> bool:
        """Whether progress is drawn: on a terminal, and not when quiet."""
        return not self.is_quiet and is_watched()


def invocation_of(context: typer.Context) -> Invocation:
    """The global options of the run that a command belongs to."""
    found = context.find_object(Invocation)
    return found or Invocation()
