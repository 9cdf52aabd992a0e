"""What a tag may be, whoever gives it: a record, an option, a webhook's address or tags.toml.

Rule of this file: these bounds are those of a record's own tags (`costing.ingest.record`), so that
no tag can be given that a record could not have.
"""

from __future__ import annotations

from unicodedata import category

MOST_TAGS = 100
MOST_TAG_CHARACTERS = 512


def tag_refusal(name: str, value: str) -> str:
    """Why a tag cannot be, as the end of a sentence on it; '' where it can.

    A value may be empty. Control characters could draw anything on a terminal.

    >>> tag_refusal("team", "search"), tag_refusal("", "search")
    ('', 'has no name')
    >>> tag_refusal("team", chr(7))
    'holds control characters'
    """
    signs = {category(sign) for sign in name + value}
    if not name:
        return "has no name"
    if max(len(name), len(value)) > MOST_TAG_CHARACTERS:
        return f"has more than {MOST_TAG_CHARACTERS} characters"
    if "Cc" in signs:
        return "holds control characters"
    return "is not Unicode text" if "Cs" in signs else ""
