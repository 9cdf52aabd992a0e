"""One `[[channel]]` of a budgets.toml, read value by value.

Rule of this file: what is read is what is known. A channel's module asks for its values by name,
and every name that nobody asked for is refused, so no list of names is kept. A secret is never
taken from the file itself, and never repeated in a finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from costing.http.bounds import Bounds
from costing.notify.secret import SecretPlace
from costing.setting_layer import VARIABLE_PREFIX
from costing.setting_value import read_path
from pricing.toml_table import TomlTable

DEFAULT_TIMEOUT_SECONDS: Final = 10.0
LONGEST_TIMEOUT_SECONDS: Final = 60.0
"""Four of them, for the four steps of a request, must end before a lease does."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(slots=True)
class ChannelTable:
    """A table and the names that were read from it.

    Attributes:
        table: the table; findings go to its file.
        folder: where relative paths start.
        environment: the variables of the process.
    """

    table: TomlTable
    folder: Path
    environment: Mapping[str, str]
    _known: set[str] = field(default_factory=set)

    def text(self, name: str, default: str = "") -> str:
        """A text; the default where it is absent."""
        self._known.add(name)
        return self.table.text(name, default)

    def required_text(self, name: str, advice: str) -> str:
        """A text that must be there."""
        self._known.add(name)
        return self.table.required_text(name, advice)

    def texts(self, name: str, advice: str) -> tuple[str, ...]:
        """A list of texts, or a single one, that must be there."""
        self._known.add(name)
        value = self.table.values.get(name)
        several = value if isinstance(value, list) else [value]
        texts = tuple(one for one in several if isinstance(one, str) and one.strip())
        if not texts or len(texts) != len(several):
            self.table.report(name, f"{name} must be one or more texts", advice)
        return texts

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        self._known.add(name)
        return self.table.choice(name, known, default)

    def flag(self, name: str) -> bool:
        """True or false; false where absent."""
        self._known.add(name)
        return self.table.flag(name)

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 on."""
        self._known.add(name)
        value = self.table.values.get(name, default)
        if type(value) is int and 1 <= value <= most:
            return value
        self.table.report(name, f"{name} must be 1 to {most}", f"write {name} = {default}")
        return default

    def timeout(self) -> float:
        """`timeout_seconds`: how long one step of sending may take."""
        name = "timeout_seconds"
        self._known.add(name)
        value = self.table.values.get(name, DEFAULT_TIMEOUT_SECONDS)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 < float(str(value)) <= LONGEST_TIMEOUT_SECONDS:
            return float(str(value))
        reason = f"{name} must be more than 0 and at most {LONGEST_TIMEOUT_SECONDS:g}"
        self.table.report(name, reason, f"write {name} = 10")
        return DEFAULT_TIMEOUT_SECONDS

    def bounds(self) -> Bounds:
        """The bounds of a request that follow from `timeout_seconds`."""
        seconds = self.timeout()
        return Bounds(
            connect_seconds=seconds,
            read_seconds=seconds,
            write_seconds=seconds,
            pool_seconds=seconds,
            answer_seconds=seconds,
        )

    def secret(self, name: str, *, is_needed: bool = True) -> SecretPlace | None:
        """A secret: `<name>_variable` or `<name>_file` says where it is; itself it is refused."""
        self._known.add(name)
        if name in self.table.values:
            reason = f"{name} is a secret, which does not belong in this file"
            self.table.report(name, reason, _advice(name))
            return None
        place = self._place(name)
        if place is None and is_needed and not self._has_place(name):
            self.table.report(name, f"nothing says where {name} is", _advice(name))
        return place

    def address(self, name: str, default: str = "") -> SecretPlace | None:
        """An address, which may hold a secret: itself, or where it is."""
        text = self.text(name, "")
        place = self._place(name)
        if place is not None or self._has_place(name):
            if text:
                self.table.report(name, f"{name} is given twice", "remove one of them")
            return place
        if text or default:
            return SecretPlace(text=text or default)
        if name not in self.table.values:
            advice = f'write {name} = "https://…", or {name}_file = "…" if it holds a secret'
            self.table.report(name, f"{name} is missing", advice)
        return None

    def check_names(self) -> None:
        """Refuse what nobody asked for."""
        self.table.check_names(frozenset(self._known))

    def _has_place(self, name: str) -> bool:
        return bool({f"{name}_variable", f"{name}_file"} & self.table.values.keys())

    def _place(self, name: str) -> SecretPlace | None:
        """Where a secret is, if one of the two names says so in a way that can be."""
        variable, file = self.text(f"{name}_variable"), self.text(f"{name}_file")
        if variable and file:
            reason = f"{name}_variable and {name}_file both stand there"
            self.table.report(f"{name}_file", reason, "remove one of them")
        if variable:
            return self._variable(name, variable)
        return SecretPlace(file=Path(str(read_path(file, self.folder)))) if file else None

    def _variable(self, name: str, variable: str) -> SecretPlace | None:
        if not _VARIABLE.fullmatch(variable):
            # What stands there may be the secret itself.
            reason = f"{name}_variable is no name of a variable"
            self.table.report(f"{name}_variable", reason, _advice(name))
            return None
        if variable.startswith(VARIABLE_PREFIX):
            reason = f"variables that begin with {VARIABLE_PREFIX} are settings"
            self.table.report(f"{name}_variable", reason, "choose another name")
            return None
        return SecretPlace(variable=variable, environment=self.environment)


def _advice(name: str) -> str:
    """How to say where a secret is."""
    return f'write {name}_variable = "NAME_OF_A_VARIABLE" or {name}_file = "path"'
