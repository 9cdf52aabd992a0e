"""What may be repeated of a text that others wrote: one line of it, short and printable."""

from __future__ import annotations

from typing import Final

LONGEST_CHARACTERS: Final = 300


def quote_line(text: str) -> str:
    r"""The text on one printable line of at most 300 characters, ending with … where it was cut.

    >>> quote_line("no\x1b[2J such\n thing")
    'no [2J such thing'
    """
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(printable.split())
    is_long = len(line) > LONGEST_CHARACTERS
    return f"{line[: LONGEST_CHARACTERS - 1]}…" if is_long else line
