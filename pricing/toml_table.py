"""Reading one table of a TOML file: each value of the kind it must be, each mistake a finding.

A mistake never stops the reading, so that a person sees all of them at once. The line of a value is
looked for only when there is something to say about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from pricing.error import PricingError, suggest
from pricing.finding import Finding, Severity
from pricing.money import parse_decimal

_PLACE_IN_ERROR = re.compile(r"\s*\(at (line \d+, column \d+|end of document)\)$")


@dataclass(slots=True)
class TomlFile:
    """A file being read, and what was found wrong with it so far."""

    path: str
    lines: list[str]
    findings: list[Finding] = field(default_factory=list)

    def report(self, where: str, message: str, help_text: str, *, line: int = 0) -> None:
        """Note an error."""
        found = Finding(Severity.ERROR, self.path, where, message, help_text, line)
        self.findings.append(found)

    def lines_of(self, header: str, count: int) -> list[int]:
        """List the lines, from 1, on which the tables under a header begin; 0 where unknown."""
        first = header[:3]
        found = [
            number
            for number, line in enumerate(self.lines, 1)
            if first in line and line.lstrip().startswith(header)
        ]
        return found if len(found) == count else [0] * count


def parse_toml(content: bytes, path: str) -> tuple[TomlFile, Mapping[str, object] | None]:
    """Parse a file; None for its values where it is no TOML, which is then the one finding."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        file = TomlFile(path, [])
        file.report(f"byte {error.start}", "the file is not UTF-8", "save it as UTF-8 text")
        return file, None
    file = TomlFile(path, text.splitlines())
    import tomllib

    try:
        return file, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE_IN_ERROR.search(str(error))
        message = _PLACE_IN_ERROR.sub("", str(error))
        file.report(place[1] if place else "", f"this is not TOML: {message}", "mend the syntax")
        return file, None
    except ValueError:  # Python reads whole numbers of 4,300 digits at most.
        file.report("", "a number has more digits than can be read", "shorten it")
        return file, None
    except RecursionError:
        file.report("", "this is nested too deeply", "mend the syntax")
        return file, None


@dataclass(slots=True)
class TomlTable:
    """One table of a file, read value by value.

    Attributes:
        file: where findings go.
        values: the table as parsed.
        line: line of its header, 0 at the top of the file.
        label: what the table is about, for the reader of a finding.
    """

    file: TomlFile
    values: Mapping[str, object]
    line: int = 0
    label: str = ""

    def report(self, name: str, message: str, help_text: str) -> None:
        """Note an error about one value, at its line where that can be found."""
        line = self._line_of(name)
        place = [f"line {line}"] if line else []
        where = ", ".join([*place, *filter(None, [self.label])])
        self.file.report(where, message, help_text, line=line)

    def _line_of(self, name: str) -> int:
        start = re.compile(rf"\s*{re.escape(name)}\s*[=.]")
        for number, line in enumerate(self.file.lines[self.line :], self.line + 1):
            if start.match(line):
                return number
            if line.lstrip().startswith("["):
                break
        return self.line

    def check_names(self, known: frozenset[str]) -> None:
        """Refuse names that mean nothing here, since a misspelled one would be ignored."""
        if self.values.keys() <= known:
            return
        from difflib import get_close_matches

        for name in sorted(self.values.keys() - known):
            near = get_close_matches(name, sorted(known), n=1)
            help_text = f"did you mean {near[0]}?" if near else "remove it"
            self.report(name, f"{name!r} means nothing here", help_text)

    def text(self, name: str, default: str = "") -> str:
        """Read a text; the default where it is absent or no text."""
        value = self.values.get(name)
        if value is None:
            return default
        if type(value) is str:
            return value
        self.report(name, f"{name} must be text", f'write it in quotes: {name} = "…"')
        return default

    def required_text(self, name: str, help_text: str) -> str:
        """Read a text that must be there and not be empty."""
        value = self.text(name)
        if not value.strip() and (name not in self.values or self.values[name] == value):
            self.report(name, f"{name} is missing", help_text)
        return value

    def flag(self, name: str) -> bool:
        """Read true or false; false where absent."""
        value = self.values.get(name, False)
        if isinstance(value, bool):
            return value
        self.report(name, f"{name} must be true or false", "write it without quotes")
        return False

    def instant(self, name: str) -> datetime | None:
        """Read an instant with its offset, as UTC; None where it is absent or no instant."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value if value.tzinfo is UTC else value.astimezone(UTC)
        self.report(
            name,
            f"{name} must be an instant with its offset from UTC",
            f"write {name} = 2026-01-31T00:00:00Z, without quotes",
        )
        return None

    def day(self, name: str) -> date | None:
        """Read a day; None where it is absent or no day."""
        value = self.values.get(name)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.report(name, f"{name} must be a day", f"write {name} = 2026-01-31, without quotes")
        return None

    def decimal(self, name: str, *, digits: int, scale: int) -> Decimal | None:
        """Read an exact number that stands in quotes; None where it is absent or refused."""
        value = self.values.get(name)
        if type(value) is str:
            try:
                return parse_decimal(value, digits=digits, scale=scale)
            except PricingError as error:
                self.report(name, f"{name}: {error.what}", error.help)
                return None
        if value is not None:
            kind = "a float, which cannot hold money" if type(value) is float else "not text"
            self.report(name, f"{name} is {kind}", f'write it in quotes: {name} = "0.000225"')
        return None

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        """Read one of a few words; the default where it is absent or another word."""
        value = self.text(name, default)
        if value in known:
            return value
        from difflib import get_close_matches

        near = get_close_matches(value, known, n=1)
        self.report(name, f"{name} {value!r} is unknown", suggest(near, known))
        return default

    def tables(self, name: str) -> list[TomlTable]:
        """Read the tables under `[[name]]`, or the one under `[name]`."""
        value = self.values.get(name, [])
        several = value if isinstance(value, list) else [value]
        tables = [table for table in several if isinstance(table, dict)]
        if len(tables) != len(several):
            self.report(name, f"{name} must be tables", f"begin each with a line [[{name}]]")
        header = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
        lines = self.file.lines_of(header, len(tables))
        return [
            TomlTable(self.file, table, line) for table, line in zip(tables, lines, strict=True)
        ]
