"""Bearer tokens: made at random, shown once, kept as their SHA-256.

Rule of this file: what is stored is of no use to whoever reads the file. A plain digest is enough,
because a token is 256 random bits and not a password that somebody could guess.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

from costing.errors import NotFound
from costing.state.error import BadToken
from costing.state.instant import from_microseconds, instant_or_none, to_microseconds

if TYPE_CHECKING:
    from sqlite3 import Row

    from costing.state.store import Reader, Transaction, Values

PREFIX = "cst_"
"""Begins every token, so that people and scanners of leaked secrets know one when they see it."""

RANDOM_BYTES = 32
USE_NOTED_EVERY = timedelta(minutes=1)
"""A token's last use is written down at most this often, since each time is a commit."""

# Begins with a letter, so that a name is never taken for an id.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class Scope(Enum):
    """What a token allows. `admin` allows everything."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept: everything but the token.

    Attributes:
        id: a number that never belongs to another token.
        expires_at: the first instant at which it is not valid any more; None for never.
        revoked_at: when it was revoked, None while it was not.
        last_used_at: within `USE_NOTED_EVERY`; None where it was never used.
    """

    id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def allows(self, scope: Scope) -> bool:
        """Whether who bears it may do what needs `scope`."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def is_use_due(self, now: datetime) -> bool:
        """Whether its last use was noted so long ago that `note_use` should be called."""
        return self.last_used_at is None or now - self.last_used_at >= USE_NOTED_EVERY


def create_token(
    transaction: Transaction,
    name: str,
    scopes: AbstractSet[Scope],
    *,
    created_at: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Make a token and return it: the only time that anybody sees it.

    Raises:
        BadToken: the name is none, or a token in force bears it; or there is no scope.
    """
    _check(name, scopes, created_at, expires_at)
    secret = f"{PREFIX}{secrets.token_urlsafe(RANDOM_BYTES)}"
    values: Values = {
        "digest": _digest(secret),
        "name": name,
        "scopes": " ".join(sorted(scope.value for scope in scopes)),
        "created_at": to_microseconds(created_at),
        "expires_at": None if expires_at is None else to_microseconds(expires_at),
    }
    if not transaction.run("create_token", values):
        raise BadToken(
            name, "one in force has that name", "choose another name, or revoke that one"
        )
    return secret


def find_token(reader: Reader, secret: str, now: datetime) -> Token | None:
    """The valid token that was presented; None where it is unknown, expired or revoked.

    It is looked up by its digest, which nobody can steer, and then compared in constant time.
    """
    digest = _digest(secret)
    for row in reader.fetch("find_token", {"digest": digest}):
        token = _read(row)
        if secrets.compare_digest(row["digest"], digest) and token.is_valid(now):
            return token
    return None


def note_use(transaction: Transaction, token: Token, now: datetime) -> None:
    """Write down that a token was used; a later use that is known already stays."""
    transaction.run("touch_token", {"id": token.id, "used_at": to_microseconds(now)})


def list_tokens(reader: Reader) -> tuple[Token, ...]:
    """All tokens in the order in which they were made, revoked and expired ones included."""
    return tuple(_read(row) for row in reader.fetch("list_tokens"))


def revoke_token(transaction: Transaction, name_or_id: str, revoked_at: datetime) -> None:
    """Revoke the token of a name or an id; it is refused from now on and stays in the list.

    Raises:
        NotFound: no token in force has that name or id.
    """
    values: Values = {"name_or_id": name_or_id, "revoked_at": to_microseconds(revoked_at)}
    if not name_or_id.isascii() or not transaction.run("revoke_token", values):
        raise NotFound(
            f'no token in force has the name or id "{name_or_id}"',
            help="`costing token list` shows them",
        )


def _check(
    name: str, scopes: AbstractSet[Scope], created_at: datetime, expires_at: datetime | None
) -> None:
    """Whether a token may be made.

    Raises:
        BadToken: it may not.
    """
    if not _NAME.fullmatch(name):
        advice = "begin with a letter and use at most 64 letters, digits, dots and dashes"
        raise BadToken(name, "that is no name", advice)
    if not scopes:
        known = ", ".join(scope.value for scope in Scope)
        raise BadToken(name, "it would allow nothing", f"give it one or more of: {known}")
    if expires_at is not None and expires_at <= created_at:
        raise BadToken(name, "it would be expired at once", "give it a later end")


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _read(row: Row) -> Token:
    return Token(
        id=row["id"],
        name=row["name"],
        scopes=frozenset(Scope(word) for word in row["scopes"].split()),
        created_at=from_microseconds(row["created_at"]),
        expires_at=instant_or_none(row["expires_at"]),
        revoked_at=instant_or_none(row["revoked_at"]),
        last_used_at=instant_or_none(row["last_used_at"]),
    )
