"""What can go wrong in pricing, each with the sentence that says what to do next.

PricingError
├── NotADecimal              a text that is no finite number
├── InexactDecimal           a number with more digits than its column holds
├── UnknownUnit              a unit that units.toml does not have
├── UnknownSku               a hardware name that skus.toml does not have
├── MalformedFile            a TOML file of ours or of the user's that cannot be read
├── FindingsRefused          a file with errors, all of them listed
└── BookError                a price book that cannot be used
    ├── UnknownBook          no folder holds a book of this name
    ├── UnknownVersion       the book has no such version
    ├── BookFileRefused      a price file with errors; a FindingsRefused too
    ├── VersionConflict      two files say they are the same version of a book
    ├── RateContradiction    two versions price one key from the same instant
    ├── CorrectionUnmatched  a correction of something that was never said
    ├── BaseConflict         versions of a book disagree on the book that they build on
    └── BookCycle            books that build on each other
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pricing.finding import Finding
    from pricing.rate import Rate


class PricingError(Exception):
    """Something that pricing refuses to do.

    Attributes:
        what: what is wrong, with the offending value; no final dot.
        help: what to do next; empty where there is nothing to say.
    """

    def __init__(self, what: str, help: str = "") -> None:  # noqa: A002 - the word that people read
        super().__init__(f"{what}; {help}" if help else what)
        self.what, self.help = what, help


class NotADecimal(PricingError):
    """A text that is no finite number."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{_shorten(text)!r} is not a number", "write digits such as 0.000225")


class InexactDecimal(PricingError):
    """A number that would have to be rounded, or is too large, to be stored."""

    def __init__(self, text: str, digits: int, scale: int) -> None:
        self.text, self.digits, self.scale = text, digits, scale
        super().__init__(
            f"{_shorten(text)!r} has more than {digits - scale} digits before or {scale} after "
            "the decimal point",
            "shorten it on purpose, it is never rounded silently",
        )


class UnknownUnit(PricingError):
    """A unit that no price may be given for."""

    def __init__(self, unit: str, near: Sequence[str], known: Sequence[str]) -> None:
        self.unit, self.near, self.known = unit, tuple(near), tuple(known)
        super().__init__(f"unknown unit {unit!r}", suggest(near, known))


class UnknownSku(PricingError):
    """A hardware name that stands for no SKU."""

    def __init__(self, text: str, near: Sequence[str], known: Sequence[str]) -> None:
        self.text, self.near, self.known = text, tuple(near), tuple(known)
        super().__init__(f"unknown hardware {_shorten(text)!r}", suggest(near, known))


class MalformedFile(PricingError):
    """A file that cannot be read as what it should be."""

    def __init__(self, path: str, where: str, message: str, help_text: str) -> None:
        self.path, self.where, self.message = path, where, message
        place = f"{path}, {where}" if where else path
        super().__init__(f"{place}: {message}", help_text)


class FindingsRefused(PricingError):
    """A file with errors in it, all of them listed; the message has a line for each.

    Attributes:
        kind: what the file is, as messages name it.
        check: the command that tells whether it is well.
        findings: the errors, in the order of the file.
    """

    kind: ClassVar[str]
    check: ClassVar[str]

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep all that was found."""
        self.findings = tuple(findings)
        count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
        mend = f"mend the file; `{self.check}` tells whether it is well"
        super().__init__(f"{self.kind} refused: {count}", mend)

    def __str__(self) -> str:
        return "\n".join((self.what, *map(str, self.findings), self.help))


class BookError(PricingError):
    """A price book that cannot be used."""


class UnknownBook(BookError):
    """A book that no folder holds."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(f"no price book {name!r}", f"there are: {', '.join(known) or 'none'}")


class UnknownVersion(BookError):
    """A version that the book does not have."""

    def __init__(self, book: str, version: str, known: Sequence[str]) -> None:
        self.book, self.version, self.known = book, version, tuple(known)
        super().__init__(
            f"price book {book!r} has no version {version!r}", f"it has: {', '.join(known)}"
        )


class BookFileRefused(FindingsRefused, BookError):
    """Price files with errors in them."""

    kind = "price book"
    check = "costing prices lint"


class VersionConflict(BookError):
    """Two files that say they are the same version of a book."""

    def __init__(self, book: str, version: str, paths: Sequence[str]) -> None:
        self.book, self.version, self.paths = book, version, tuple(paths)
        super().__init__(
            f"{' and '.join(paths)} both say they are {book}@{version}",
            "give the newer one a version name of its own, as a past version is never edited",
        )


class RateContradiction(BookError):
    """Two statements of one price from one instant."""

    def __init__(self, first: Rate, second: Rate) -> None:
        self.first, self.second = first, second
        super().__init__(
            f"{first.key} is priced twice from {first.effective_from.isoformat()}: by "
            f"{place_of(first)} and by {place_of(second)}",
            "make the newer one a correction of the other, or give it its own instant",
        )


class CorrectionUnmatched(BookError):
    """A correction of something that was never said."""

    def __init__(self, corrected: str, rate: Rate) -> None:
        self.corrected, self.rate = corrected, rate
        from_instant = rate.replaces_from or rate.effective_from
        super().__init__(
            f"{place_of(rate)} corrects {rate.key} from {from_instant.isoformat()}, but version "
            f"{corrected!r} says nothing of it from then",
            "name the right instant in replaces_from, or write a move",
        )


class RateNotUnderstood(BookError):
    """A rate on a command line that has another form."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{_shorten(text)!r} is no rate",
            "write gpu-l40s=0.0008, owner/name:output_image=0.03 "
            "or owner/name:output_video_second[resolution=720p;with_audio=true]=0.4",
        )


class BaseConflict(BookError):
    """Versions of one book that build on different books."""

    def __init__(self, book: str, bases: Sequence[str]) -> None:
        self.book, self.bases = book, tuple(bases)
        super().__init__(
            f"the versions of {book!r} build on different books ({', '.join(bases)})",
            "make a book of each",
        )


class BookCycle(BookError):
    """Books that build on each other."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(
            f"these price books build on each other: {' -> '.join(names)}",
            "let one of them name no builds_on",
        )


def suggest(near: Sequence[str], known: Sequence[str]) -> str:
    """Say which names may have been meant, or else which there are."""
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"


def place_of(rate: Rate) -> str:
    """Say where a rate stands: file and line, or its version where it has no file."""
    return f"{rate.path}, line {rate.line}" if rate.path else rate.reference


def _shorten(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[:longest] + "…"
