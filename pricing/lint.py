"""Looking a price book over before anyone is charged by it.

What one file says by itself is checked while it is read (`book_file`). The other rules show only
when files lie side by side: `lint_history` compares statements in time, `lint_tier` the tiers of a
model. An error refuses the file; a question asks a person to look at the source again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pricing.book import PriceBook, base_name, build_book, load_book
from pricing.book_file import ParsedFile
from pricing.book_folder import is_shipped, parse_book, parse_book_file
from pricing.error import BookError, UnknownSku, suggest
from pricing.finding import Finding, Severity, about_rate, about_version, has_error
from pricing.lint_history import lint_history, question_against
from pricing.lint_tier import lint_tiers
from pricing.rate import Rate, RateSubject
from pricing.sku import find_sku, skus
from pricing.timeline import settle
from pricing.unit import selectors
from pricing.version import BookVersion

REFERENCE_BOOK = "replicate"
"""The book that others are held against where they build on none: the official prices."""


def lint_books(names: Iterable[str], folders: Sequence[Path]) -> tuple[Finding, ...]:
    """Look over whole books.

    Args:
        names: the books, shipped ones or in `folders`.
        folders: folders of books beside the shipped one.
    """
    return tuple(
        finding for name in names for finding in lint_files(parse_book(name, folders), folders)
    )


def lint_path(path: Path, folders: Sequence[Path]) -> tuple[Finding, ...]:
    """Look over one price file, one book's folder or a folder of books.

    They are looked at beside all other versions that are known, but only what concerns the asked
    files is told.

    Args:
        path: what to look over.
        folders: folders of books beside the shipped one.

    Raises:
        OSError: the path cannot be read.
    """
    if path.is_dir():
        paths = sorted(path.glob("*.toml")) or sorted(path.glob("*/*.toml"))
    else:
        paths = [path]
    by_book: dict[str, list[ParsedFile]] = {}
    for one in paths:
        parsed = parse_book_file(one)
        book = parsed.version.book if parsed.version else ""
        by_book.setdefault(book or one.parent.name, []).append(parsed)
    return tuple(
        finding for name, files in by_book.items() for finding in lint_beside(name, files, folders)
    )


def lint_beside(
    book: str, files: Sequence[ParsedFile], folders: Sequence[Path]
) -> tuple[Finding, ...]:
    """Look over some files of a book beside its other files; tell only what concerns the former.

    Args:
        book: name of the book.
        files: the files to look over, which need not lie in a folder yet.
        folders: folders of books beside the shipped one.
    """
    asked = {file.path for file in files}
    others = [file for file in parse_book(book, folders) if file.path not in asked]
    findings = lint_files([*others, *files], folders)
    return tuple(finding for finding in findings if finding.path in asked)


def lint_files(files: Sequence[ParsedFile], folders: Sequence[Path]) -> tuple[Finding, ...]:
    """Look over all files of one book together.

    Args:
        files: the book's files, read.
        folders: where the book that it builds on, or is held against, is found.

    Returns:
        Findings by file and line.
    """
    versions = [file.version for file in files if file.version is not None]
    findings = [finding for file in files for finding in file.findings]
    findings.extend(_lint_names(versions))
    settled = settle(versions)
    findings.extend(lint_history(versions, settled))
    findings.extend(lint_tiers(versions, settled))
    if versions and not has_error(findings):
        findings.extend(_lint_against_others(versions, folders))
    return tuple(sorted(findings, key=lambda one: (one.path, one.line, one.message)))


def _lint_names(versions: Sequence[BookVersion]) -> Iterator[Finding]:
    """Check the names of versions, of hardware and of selectors."""
    seen: dict[str, BookVersion] = {}
    for version in versions:
        twin = seen.setdefault(version.version, version)
        if twin is not version:
            message = f"{version.reference} is in {twin.path} already"
            help_text = "give this version a name of its own"
            yield about_version(Severity.ERROR, version, message, help_text)
        if Path(version.path).stem != version.version:
            message = f"the file of version {version.version!r} has another name"
            help_text = f"call it {version.version}.toml"
            yield about_version(Severity.QUESTION, version, message, help_text)
        for rate in version.rates:
            yield from _lint_rate_names(rate)


def _lint_rate_names(rate: Rate) -> Iterator[Finding]:
    if rate.key.subject_kind is RateSubject.SKU and rate.key.name not in skus():
        yield _about_hardware(rate)
    for selector, _ in rate.key.when:
        if selector not in selectors():
            message = f"no record shows {selector!r}"
            help_text = "give the model a default for it, or use a selector of units.toml"
            yield about_rate(Severity.QUESTION, rate, message, help_text)


def _about_hardware(rate: Rate) -> Finding:
    """Refuse hardware that is spelled otherwise, or that a shipped file invents.

    A book of the user's own may price a tier that was sold to them alone.
    """
    message = f"unknown hardware {rate.key.name!r}"
    try:
        help_text = f"Replicate spells it {find_sku(rate.key.name).sku}"
    except UnknownSku as error:
        if not is_shipped(rate.path):
            help_text = f"is it a tier of your contract? {suggest(error.near, error.known)}"
            return about_rate(Severity.QUESTION, rate, message, help_text)
        help_text = suggest(error.near, error.known)
    return about_rate(Severity.ERROR, rate, message, help_text)


def _lint_against_others(
    versions: Sequence[BookVersion], folders: Sequence[Path]
) -> Iterator[Finding]:
    """Hold a book against the one that it builds on, or against the official prices."""
    try:
        book, other = _book_and_other(versions, folders)
    except BookError as error:
        message = f"the book cannot be put together: {error}"
        help_text = "mend builds_on, or the book that it names"
        yield about_version(Severity.ERROR, versions[-1], message, help_text)
        return
    if other is not None:
        yield from question_against(book, other)


def _book_and_other(
    versions: Sequence[BookVersion], folders: Sequence[Path]
) -> tuple[PriceBook, PriceBook | None]:
    """Put the book together by itself, with the one to hold it against, if it is another."""
    name = versions[0].book
    base = base_name(name, versions)
    book = build_book(name, versions)
    if base is None and name == REFERENCE_BOOK:
        return book, None
    return book, load_book(base or REFERENCE_BOOK, folders=folders)
