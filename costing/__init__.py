"""Cost and usage accounting for Replicate: records in, exact spend out.

`costing.open()` is the way in from Python. This package knows the world (files, clock, users);
`pricing` knows prices and `reports` knows questions, and neither knows this package.

Rule of this file: importing it costs nothing. Whatever is heavy is imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costing.app import Costing
    from costing.settings import Settings

__version__ = "0.1.0"


def open(settings: Settings | None = None) -> Costing:  # noqa: A001 - used as costing.open()
    """The application, ready to use.

    Args:
        settings: what to work with; None reads the files and variables that the command
            line reads.

    Raises:
        SettingsError: a settings file or variable is wrong.
    """
    from costing.app import Costing
    from costing.settings import load_settings

    return Costing(settings or load_settings())
