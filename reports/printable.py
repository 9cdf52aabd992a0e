"""Text on its way to a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Text on one line, whatever it holds: signs that a terminal would obey are written out.

    Names of files, of processes and of settings come from others, and a control character in one
    could draw anything. A byte that is no UTF-8 stands in Python as a lone surrogate, which no
    terminal takes; it is written out alike.

    >>> printable("ring the bell" + chr(7)) == "ring the bell" + chr(92) + "x07"
    True
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
