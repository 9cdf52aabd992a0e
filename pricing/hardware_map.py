"""The user's own word on hardware: hardware.toml, read and asked.

    [[hardware]]
    model = "acme/*"                  # a shell pattern; also version, deployment, and hardware:
                                      # the name that records themselves give, here to be explained
    from = 2026-01-01                 # optional: a day (its midnight in UTC) or an instant
    until = 2026-07-01T12:00:00Z      # optional, exclusive
    sku = "gpu-l40s"                  # what it runs on, in any of the spellings of skus.toml
    billing = "private"               # optional: "private" (by online time) or "active" (a
                                      # fast-booting fine-tune: by the seconds it ran)

The rule this file owns: of the entries that match, the first in the file that names a SKU gives
the SKU, and the first that names a billing gives the billing. So exceptions stand above rules. What
a record itself says it ran on is overruled only by an entry that names what it says (`hardware`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import combinations

from pricing.error import FindingsRefused, UnknownSku
from pricing.finding import Finding, Severity
from pricing.sku import find_sku
from pricing.toml_table import TomlTable, parse_toml
from pricing.usage import Subject

_PATTERNS = ("model", "version", "deployment", "hardware")
_FIELDS = frozenset({*_PATTERNS, "from", "until", "sku", "billing", "note"})
_HEADER = "hardware"
_WILD = frozenset("*?[")


class Billing(StrEnum):
    """What the user says of how a model is billed."""

    PRIVATE = "private"  # by online time
    ACTIVE = "active"  # a fast-booting fine-tune: by active time


class HardwareMapRefused(FindingsRefused):
    """A hardware.toml with errors in it."""

    kind = "hardware map"
    check = "costing hardware check"


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One entry of hardware.toml.

    Attributes:
        line: line of its header, from 1; 0 where unknown.
        model, version, deployment: shell patterns; None matches everything.
        hardware: shell pattern of what records themselves say they ran on; None matches everything.
        sku: the hardware, as Replicate spells it; None where the entry only tells the billing.
        billing: None where the entry only tells the hardware.
        starts_at, ends_at: when it holds, start included and end not; None is open.
        sku_note: what an ambiguous spelling of the SKU was taken for.
    """

    path: str
    line: int
    model: str | None
    version: str | None
    deployment: str | None
    sku: str | None
    billing: Billing | None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""
    sku_note: str = ""
    hardware: str | None = None

    @property
    def where(self) -> str:
        """File and line, as `hardware.toml:12`."""
        return f"{self.path}:{self.line}"

    def matches(self, subject: Subject) -> bool:
        """Tell whether the patterns match, whatever the time."""
        return (
            _is_matched(self.model, subject.model)
            and _is_matched(self.version, subject.version)
            and _is_matched(self.deployment, subject.deployment)
            and _is_matched(self.hardware, subject.hardware)
        )

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether the entry holds at an instant."""
        is_begun = self.starts_at is None or self.starts_at <= instant
        return is_begun and (self.ends_at is None or instant < self.ends_at)


class HardwareMap:
    """All entries of a hardware.toml, in the order of the file. It never changes."""

    def __init__(self, entries: Iterable[MapEntry] = ()) -> None:
        """Keep the entries, those that name one model by its name apart, as they may be many."""
        self._entries = tuple(entries)
        self._patterns: list[tuple[int, MapEntry]] = []
        self._by_model: dict[str, list[tuple[int, MapEntry]]] = {}
        for position, entry in enumerate(self._entries):
            if entry.model is not None and not _WILD & set(entry.model):
                self._by_model.setdefault(entry.model, []).append((position, entry))
            else:
                self._patterns.append((position, entry))

    @property
    def entries(self) -> tuple[MapEntry, ...]:
        """Every entry, in the order of the file."""
        return self._entries

    def matching(self, subject: Subject) -> tuple[MapEntry, ...]:
        """Return the entries that match a subject at any time, in the order of the file."""
        asked = [*self._patterns, *self._by_model.get(subject.model, ())]
        found = [(position, entry) for position, entry in asked if entry.matches(subject)]
        return tuple(entry for _, entry in sorted(found, key=lambda pair: pair[0]))

    def unused(self, subjects: Iterable[Subject]) -> tuple[MapEntry, ...]:
        """Return the entries that match none of the subjects."""
        used = {entry for subject in subjects for entry in self.matching(subject)}
        return tuple(entry for entry in self._entries if entry not in used)

    def conflicts(self) -> tuple[tuple[MapEntry, MapEntry], ...]:
        """Return pairs with equal patterns and a common time that say different things.

        Different patterns that overlap are no conflict: exceptions above rules are meant so.
        """
        by_patterns: dict[tuple[str | None, ...], list[MapEntry]] = {}
        for entry in self._entries:
            patterns = (entry.model, entry.version, entry.deployment, entry.hardware)
            by_patterns.setdefault(patterns, []).append(entry)
        return tuple(
            (first, second)
            for alike in by_patterns.values()
            for first, second in combinations(alike, 2)
            if _is_contrary(first, second)
        )


def read_hardware_map(
    content: bytes, path: str, *, known_skus: frozenset[str] = frozenset()
) -> HardwareMap:
    """Read a hardware.toml.

    Args:
        content: the file's bytes.
        path: its name, for the evidence of charges and the place of errors.
        known_skus: SKUs that a book of the user's own prices beside those of skus.toml.

    Raises:
        HardwareMapRefused: the file has errors, all of them listed with their lines.
    """
    file, values = parse_toml(content, path)
    if values is not None:
        top = TomlTable(file, values)
        top.check_names(frozenset({_HEADER}))
        entries = [_read_entry(table, path, known_skus) for table in top.tables(_HEADER)]
        if not file.findings:
            return HardwareMap(entries)
    raise HardwareMapRefused(file.findings)


def write_entry(values: Mapping[str, str], comment: str = "") -> str:
    """Write an entry of hardware.toml, ready to be pasted.

    >>> print(write_entry({"model": "acme/face", "sku": "gpu-t4"}, "1,234.5 s"))
    [[hardware]] # 1,234.5 s
    model = "acme/face"
    sku = "gpu-t4"
    """
    head = f"[[{_HEADER}]]" + (f" # {comment}" if comment else "")
    return "\n".join([head, *(f"{name} = {_quoted(value)}" for name, value in values.items())])


def _quoted(text: str) -> str:
    """Write a TOML text; control characters, which no name has, are left out."""
    shown = "".join(character for character in text if character.isprintable())
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_matched(pattern: str | None, name: str) -> bool:
    """Match a pattern; what a record lacks is matched by no pattern."""
    return pattern is None or (name != "" and fnmatchcase(name, pattern))


def _is_contrary(first: MapEntry, second: MapEntry) -> bool:
    skus = {first.sku, second.sku} - {None}
    billings = {first.billing, second.billing} - {None}
    return (len(skus) == 2 or len(billings) == 2) and _is_common_time(first, second)


def _is_common_time(first: MapEntry, second: MapEntry) -> bool:
    starts = [entry.starts_at for entry in (first, second) if entry.starts_at is not None]
    ends = [entry.ends_at for entry in (first, second) if entry.ends_at is not None]
    return not starts or not ends or max(starts) < min(ends)


def _read_entry(table: TomlTable, path: str, known_skus: frozenset[str]) -> MapEntry:
    table.check_names(_FIELDS)
    patterns = {name: table.text(name) or None for name in _PATTERNS}
    if not any(patterns.values()):
        help_text = "name a model, version, deployment or hardware"
        table.report("model", "the entry names nothing", help_text)
    sku, sku_note = _read_sku(table, known_skus)
    billing = table.choice("billing", ("", *Billing), "")
    if sku is None and not billing and "sku" not in table.values:
        table.report("sku", "the entry says nothing", 'add a line such as sku = "gpu-l40s"')
    starts_at, ends_at = _read_instant(table, "from"), _read_instant(table, "until")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        table.report("until", "until is not after from", "until is the first instant it ends")
    return MapEntry(
        path=path,
        line=table.line,
        **patterns,
        sku=sku,
        billing=Billing(billing) if billing else None,
        starts_at=starts_at,
        ends_at=ends_at,
        note=table.text("note"),
        sku_note=sku_note,
    )


def _read_sku(table: TomlTable, known_skus: frozenset[str]) -> tuple[str | None, str]:
    """Read the SKU and what its spelling was taken for."""
    text = table.text("sku")
    if not text or text in known_skus:
        return text or None, ""
    try:
        match = find_sku(text)
    except UnknownSku as error:
        table.report("sku", error.what, error.help)
        return None, ""
    return match.sku, match.note or ""


def _read_instant(table: TomlTable, name: str) -> datetime | None:
    """Read a day, as its midnight in UTC, or an instant with its offset."""
    value = table.values.get(name)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return table.instant(name)


def check_hardware_map(
    hardware_map: HardwareMap, subjects: Iterable[Subject]
) -> tuple[Finding, ...]:
    """List entries that say or match nothing and pairs that contradict each other."""
    empty = (
        Finding(
            Severity.QUESTION,
            entry.path,
            f"line {entry.line}",
            "the entry names no hardware",
            'write its tier, such as sku = "gpu-l40s", or remove it',
        )
        for entry in hardware_map.entries
        if entry.sku is None and entry.billing is None
    )
    unused = (
        Finding(
            Severity.QUESTION,
            entry.path,
            f"line {entry.line}",
            "the entry matches no record",
            "mend its patterns, or remove it",
        )
        for entry in hardware_map.unused(subjects)
    )
    contrary = (
        Finding(
            Severity.QUESTION,
            second.path,
            f"line {second.line}",
            f"the entry contradicts line {first.line}, which comes first and so counts",
            "remove one, or give them different times",
        )
        for first, second in hardware_map.conflicts()
    )
    return (*empty, *unused, *contrary)
