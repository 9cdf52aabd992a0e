"""Numbers of an answer as people read them, no finer than they are known.

Rule of this file: a little is not nothing, and what is unknown is neither.
"""

from __future__ import annotations

UNKNOWN = "—"


def seconds(value: float) -> str:
    """A wait, no finer than it is known.

    >>> seconds(0), seconds(0.41), seconds(75), seconds(7200)
    ('0 s', '0.4 s', '75 s', '2.0 h')
    """
    if value >= 3600:
        return f"{value / 3600:,.1f} h"
    return f"{value:.0f} s" if value >= 10 or value == 0 else f"{value:.1f} s"


def share(value: float) -> str:
    """A share in percent; a little is not nothing.

    >>> share(0), share(0.004), share(0.5)
    ('0 %', '0.4 %', '50 %')
    """
    if not value or value >= 0.01:
        return f"{value:.0%}".replace("%", " %")
    return f"{value:.1%}".replace("%", " %") if value >= 0.001 else "<0.1 %"


def count(value: float) -> str:
    """A number of requests or instances, with three digits or all before the point.

    >>> count(20000.4), count(2.125)
    ('20,000', '2.12')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def share_saved(saving: float) -> str:
    """A saving against Replicate, or how many times it costs.

    >>> share_saved(0.29), share_saved(-2.6)
    ('29 %', 'nothing: costs 3.6 ×')
    """
    return share(saving) if saving >= 0 else f"nothing: costs {count(1 - saving)} ×"
