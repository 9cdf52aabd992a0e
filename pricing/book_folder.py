"""Where price books are found: the shipped folder, and the user's own beside it.

A folder holds `BOOK/VERSION.toml`. All files of one book, wherever they lie, make the book; so a
user adds a version to a shipped book by writing one file into a folder of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pricing.book import base_name
from pricing.book_file import ParsedFile, parse_version
from pricing.error import BookCycle, BookFileRefused, UnknownBook
from pricing.finding import Finding, Severity
from pricing.version import BookVersion

SHIPPED_FOLDER = Path(__file__).with_name("books")
MOST_NAME_CHARACTERS = 60
"""No file system has longer names of folders in any spelling: 255 bytes, four a character."""


@dataclass(frozen=True, slots=True)
class BookFiles:
    """The files of one book.

    Attributes:
        name: name of the book.
        paths: its files, by folder and name.
        is_shipped: whether any of them comes with the program.
    """

    name: str
    paths: tuple[Path, ...]
    is_shipped: bool


def find_books(folders: Sequence[Path]) -> tuple[BookFiles, ...]:
    """List every book of the shipped folder and of the user's, by name.

    Args:
        folders: folders read beside the shipped one; one that does not exist holds no books.
    """
    names = {
        folder.name
        for root in _roots(folders)
        if root.is_dir()
        for folder in root.iterdir()
        if folder.is_dir() and any(folder.glob("*.toml"))
    }
    return tuple(
        BookFiles(name, tuple(_paths(name, folders)), (SHIPPED_FOLDER / name).is_dir())
        for name in sorted(names)
    )


def parse_book(name: str, folders: Sequence[Path]) -> tuple[ParsedFile, ...]:
    """Read all files of a book, each with what is wrong with it."""
    return tuple(parse_book_file(path) for path in _paths(name, folders))


def parse_book_file(path: Path) -> ParsedFile:
    """Read one price file; its folder must bear the name of its book.

    Raises:
        OSError: the file cannot be read.
    """
    shown = _shown(path)
    parsed = parse_version(path.read_bytes(), shown)
    version = parsed.version
    if version is None or not version.book or version.book == path.parent.name:
        return parsed
    misplaced = Finding(
        Severity.ERROR,
        shown,
        "",
        f"the file says book {version.book!r} but lies in folder {path.parent.name!r}",
        f"move it to {version.book}/{path.name}",
    )
    return ParsedFile(parsed.path, version, (*parsed.findings, misplaced))


def read_books(name: str, folders: Sequence[Path]) -> list[list[BookVersion]]:
    """Read a book and the books that it builds on, in this order; each has a version.

    Raises:
        UnknownBook: no folder holds the book, or one that it builds on.
        BookFileRefused: a file has errors.
        BaseConflict: versions of a book build on different books.
        BookCycle: the books build on each other.
    """
    names: list[str] = []
    books: list[list[BookVersion]] = []
    following: str | None = name
    while following is not None:
        if following in names:
            raise BookCycle([*names, following])
        names.append(following)
        books.append(_read_versions(following, folders))
        following = base_name(following, books[-1])
    return books


def _read_versions(name: str, folders: Sequence[Path]) -> list[BookVersion]:
    parsed = parse_book(name, folders)
    if not parsed:
        raise UnknownBook(name, [book.name for book in find_books(folders)])
    findings = [finding for file in parsed for finding in file.findings]
    if findings:
        raise BookFileRefused(findings)
    return [file.version for file in parsed if file.version is not None]


def shipped_digests() -> dict[str, str]:
    """Give the SHA-256 of every shipped price file, by its name from the package on."""
    return {
        _shown(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(SHIPPED_FOLDER.glob("*/*.toml"))
    }


def is_shipped(path: str) -> bool:
    """Tell whether a price file comes with the program, by the name that it is shown under.

    >>> is_shipped("books/replicate/2025-12-01.toml"), is_shipped("books/ours/2026.toml")
    (True, False)
    """
    within = Path(path)
    return within.parts[:1] == (SHIPPED_FOLDER.name,) and (SHIPPED_FOLDER.parent / within).is_file()


def _roots(folders: Sequence[Path]) -> Iterator[Path]:
    """Give the shipped folder and the user's, each once."""
    seen = set()
    for root in (SHIPPED_FOLDER, *folders):
        resolved = root.resolve()
        if resolved not in seen:
            seen.add(resolved)
            yield root


def _paths(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    if Path(name).name != name or len(name) > MOST_NAME_CHARACTERS:
        return
    for root in _roots(folders):
        yield from sorted((root / name).glob("*.toml"))


def _shown(path: Path) -> str:
    """Name a shipped file by its place in the package, so that output is the same everywhere."""
    if path.is_relative_to(SHIPPED_FOLDER):
        return f"books/{path.relative_to(SHIPPED_FOLDER).as_posix()}"
    return str(path)
