"""Where budgets.toml lies, and that there is one.

Rule of this file: nothing is parsed here, so that a run with nothing to do need not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from costing.errors import UsageError

if TYPE_CHECKING:
    from costing.settings import Settings


class NoBudgets(UsageError):
    """There is no budgets.toml."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            "there are no budgets",
            where=str(settings.budgets_file),
            help="write some there (docs/budgets.md shows how), or begin with `costing init`; one"
            " that lies beside a costing.toml is found with `cd` to its folder, or with"
            " `costing --config FOLDER/costing.toml`",
        )


def read_content(settings: Settings) -> bytes:
    """The bytes of budgets.toml.

    Raises:
        NoBudgets: there is none.
        OSError: it cannot be read.
    """
    try:
        return settings.budgets_file.read_bytes()
    except FileNotFoundError as error:
        raise NoBudgets(settings) from error
