"""One page of a list that Replicate gives in pages.

Rule of this file: the body stays as it came, for its numbers must stay exact; only the address of
the next page and the number of elements are read from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from costing.replicate.body import BodyUnreadable, read_object


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        address: where it came from; asking there again gives this page, or what became of it.
        next: the address of the page after it, as given; None on the last one.
        body: the whole JSON text, `{"next", "previous", "results"}`.
        count: elements in `results`, at most 100 today.
    """

    address: str
    next: str | None
    body: bytes
    count: int


def read_page(address: str, body: bytes) -> Page:
    """The page in a body.

    Raises:
        BodyUnreadable: it is no JSON, or no page; the reason quotes nothing of it.
    """
    try:
        outline = _FAST.validate_json(body)
        return Page(address, outline.next, body, len(outline.results))
    except ValidationError:
        return _read_slowly(address, body)


@dataclass(frozen=True, slots=True)
class _Element:
    """Stands for an element, of which nothing is read."""


@dataclass(frozen=True, slots=True)
class _Outline:
    results: list[_Element]
    next: str | None = None


_FAST = TypeAdapter(_Outline)


def _read_slowly(address: str, body: bytes) -> Page:
    """As well, but four times slower; takes what is nested deeply and numbers of any length."""
    outline = read_object(body)
    results, following = outline.get("results"), outline.get("next")
    if not isinstance(results, list):
        raise BodyUnreadable("it has no list of results", is_json=True)
    if not isinstance(following, str | None):
        raise BodyUnreadable("the address of its next page is no text", is_json=True)
    return Page(address, following, body, len(results))
