"""Tokens: known by what was shown once, useless to who reads the file, refused when over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costing.errors import ExitCode, NotFound, exit_code_of
from costing.state.error import BadToken
from costing.state.store import Store
from costing.state.token import (
    PREFIX,
    USE_NOTED_EVERY,
    Scope,
    Token,
    create_token,
    find_token,
    list_tokens,
    note_use,
    revoke_token,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _create(store: Store, name: str, *scopes: Scope, expires_at: datetime | None = None) -> str:
    with store.transaction() as transaction:
        return create_token(
            transaction,
            name,
            frozenset(scopes or {Scope.INGEST}),
            created_at=NOW,
            expires_at=expires_at,
        )


def _revoke(store: Store, name_or_id: str) -> None:
    with store.transaction() as transaction:
        revoke_token(transaction, name_or_id, NOW)


def _find(store: Store, secret: str, now: datetime = NOW) -> Token:
    token = find_token(store, secret, now)
    assert token is not None
    return token


def test_token_is_found_by_what_was_shown(store: Store) -> None:
    secret = _create(store, "web", Scope.INGEST, Scope.READ)

    token = _find(store, secret)

    assert secret.startswith(PREFIX)
    assert token == Token(1, "web", frozenset({Scope.INGEST, Scope.READ}), NOW, None, None, None)
    assert list_tokens(store) == (token,)


def test_token_stands_nowhere_in_the_files(store: Store, tmp_path: Path) -> None:
    secret = _create(store, "web")

    content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())

    assert b"web" in content
    assert secret.encode() not in content
    assert secret.removeprefix(PREFIX).encode() not in content


def test_other_texts_find_nothing(store: Store) -> None:
    secret = _create(store, "web")
    others = ["", PREFIX, secret[:-1], secret + "x", secret.swapcase(), "\udcff", "web", "1"]

    assert [find_token(store, other, NOW) for other in others] == [None] * len(others)


def test_expired_token_is_refused_from_its_end_on(store: Store) -> None:
    end = NOW + timedelta(days=1)
    secret = _create(store, "web", expires_at=end)

    assert find_token(store, secret, end - SECOND) is not None
    assert find_token(store, secret, end) is None


@pytest.mark.parametrize("named", ["web", "1"], ids=["by name", "by id"])
def test_revoked_token_is_refused_and_listed(named: str, store: Store) -> None:
    secret = _create(store, "web")
    other = _create(store, "other")

    _revoke(store, named)

    assert find_token(store, secret, NOW) is None
    assert _find(store, other).name == "other"
    assert [token.revoked_at for token in list_tokens(store)] == [NOW, None]


@pytest.mark.parametrize("named", ["web", "1", "none", "9" * 30, "²", "\udcff", ""])
def test_what_is_not_in_force_cannot_be_revoked(named: str, store: Store) -> None:
    _create(store, "web")
    _revoke(store, "web")

    with pytest.raises(NotFound):
        _revoke(store, named)


def test_name_of_a_revoked_token_is_free_again(store: Store) -> None:
    first = _create(store, "web")
    _revoke(store, "web")

    second = _create(store, "web")

    assert find_token(store, first, NOW) is None
    assert _find(store, second).id == 2


def test_name_of_a_token_in_force_is_taken(store: Store) -> None:
    secret = _create(store, "web")

    with pytest.raises(BadToken, match="one in force") as caught:
        _create(store, "web")

    assert exit_code_of(type(caught.value)) is ExitCode.USAGE
    assert _find(store, secret).name == "web"


@pytest.mark.parametrize("name", ["", "1", "a b", "x" * 65, "-a", "a\n"])
def test_what_is_no_name_is_refused(name: str, store: Store) -> None:
    with pytest.raises(BadToken):
        _create(store, name)


def test_token_that_allows_nothing_is_refused(store: Store) -> None:
    with store.transaction() as transaction, pytest.raises(BadToken) as caught:
        create_token(transaction, "web", frozenset(), created_at=NOW)

    assert caught.value.help.endswith("ingest, read, admin")


def test_token_that_is_over_at_once_is_refused(store: Store) -> None:
    with pytest.raises(BadToken, match="expired"):
        _create(store, "web", expires_at=NOW)


def test_use_is_noted_once_a_minute_and_never_goes_back(store: Store) -> None:
    secret = _create(store, "web")
    assert _find(store, secret).is_use_due(NOW)

    for moment in (NOW, NOW - SECOND):
        with store.transaction() as transaction:
            note_use(transaction, _find(store, secret), moment)

    token = _find(store, secret)
    assert token.last_used_at == NOW
    assert not token.is_use_due(NOW + USE_NOTED_EVERY - SECOND)
    assert token.is_use_due(NOW + USE_NOTED_EVERY)


@given(st.frozensets(st.sampled_from(Scope), min_size=1), st.sampled_from(Scope))
def test_token_allows_its_scopes_and_admin_everything(
    scopes: frozenset[Scope], asked: Scope
) -> None:
    token = Token(1, "web", scopes, NOW, None, None, None)

    assert token.allows(asked) == bool({asked, Scope.ADMIN} & scopes)


def test_tokens_are_never_alike(store: Store) -> None:
    secrets = {_create(store, f"token{number}") for number in range(20)}

    assert len(secrets) == 20
    assert min(map(len, secrets)) >= 40
