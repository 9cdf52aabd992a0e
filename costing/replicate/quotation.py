"""What may be repeated of an answer: short, printable, and without the token.

Rule of this file: whatever text of an answer reaches an error passes here first.
"""

from __future__ import annotations

import json
import re
from typing import Final

from costing.quotation import quote_line
from costing.setting_value import Secret

LONGEST_ERROR_BYTES: Final = 64 * 1024
_HIDDEN: Final = "(token not shown)"
_TOKEN: Final = re.compile(r"r8_\w+")


def quote_text(text: str, token: Secret) -> str:
    r"""One line of `text`, printable, of at most 300 characters, without any token.

    >>> quote_text("your token r8_abc\x1b[2J is\n old", Secret("r8_abc"))
    'your token (token not shown) [2J is old'
    """
    shown = _TOKEN.sub(_HIDDEN, text.replace(token.reveal(), _HIDDEN))
    return quote_line(shown)


def quote_problem(body: bytes, token: Secret) -> str:
    """What an answer that is no success says of itself: its `title` and `detail`, if it has any.

    Replicate's are problem details (RFC 9457). Other text, such as a proxy's page, says nothing.
    """
    try:
        problem: object = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(problem, dict):
        return ""
    parts = [problem.get(name) for name in ("title", "detail")]
    return quote_text(": ".join(part for part in parts if isinstance(part, str)), token)
