"""How a table is to be written, beyond its format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Options of a writing; a format reads those that concern it.

    Attributes:
        full_precision: amounts unrounded where people read them.
        width: columns of the terminal; None is no terminal, and nothing is ever cut.
        asked: the options by which the same records are asked for again, ready for a shell; what
            the notes of a table add to the commands that they name.
    """

    full_precision: bool = False
    width: int | None = None
    asked: str = ""
