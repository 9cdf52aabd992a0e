"""The token: where it comes from, and that it is shown nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from costing.errors import AuthenticationError, BadSetting, ExitCode, exit_code_of
from costing.failure import failure_of
from costing.quotation import LONGEST_CHARACTERS
from costing.replicate.error import TokenMissing, TokenUnusable
from costing.replicate.quotation import quote_problem, quote_text
from costing.replicate.token import find_token, token_file_warning
from costing.setting_value import Secret
from costing.settings import DEFAULT_API_URL, load_settings

TOKEN = "r8_0123456789abcdefghijklmnopqrstuvwxyz0"


def write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_variable_wins_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "token", b"r8_file")

    assert find_token(Secret(f" {TOKEN}\n"), file) == Secret(TOKEN)


def test_file_gives_the_token_without_its_line_end(tmp_path: Path) -> None:
    file = write(tmp_path / "token", f"{TOKEN}\r\n".encode())

    assert find_token(None, file) == Secret(TOKEN)


def test_no_token_says_how_to_set_one() -> None:
    with pytest.raises(TokenMissing) as caught:
        find_token(None, None)

    assert failure_of(caught.value).exit_code is ExitCode.AUTHENTICATION
    assert "REPLICATE_API_TOKEN" in caught.value.help
    assert "api_token_file" in caught.value.help


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b" \n", "empty", id="empty"),
        pytest.param(f"TOKEN={TOKEN}\nx".encode(), "signs that no token has", id="two lines"),
        pytest.param("r8_tökén".encode(), "signs that no token has", id="not ascii"),
        pytest.param(b"r8_" + b"a" * 5000, "too long", id="too long"),
    ],
)
def test_file_without_a_token_is_refused_and_not_repeated(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = write(tmp_path / "token", content)

    with pytest.raises(TokenUnusable) as caught:
        find_token(None, file)

    assert reason in caught.value.what
    assert caught.value.where == str(file)
    assert "r8_0" not in str(failure_of(caught.value))


@pytest.mark.parametrize("name", ["missing", "."])
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TokenUnusable) as caught:
        find_token(None, tmp_path / name)

    assert exit_code_of(type(caught.value)) is ExitCode.AUTHENTICATION
    assert isinstance(caught.value, AuthenticationError)


@pytest.mark.parametrize(
    ("mode", "is_warned"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True)]
)
def test_file_that_everyone_can_read_is_warned_of(
    tmp_path: Path, mode: int, is_warned: bool
) -> None:
    file = write(tmp_path / "token", b"r8_x", mode)

    assert bool(token_file_warning(file)) is is_warned


def test_file_that_is_not_there_is_no_warning(tmp_path: Path) -> None:
    assert token_file_warning(tmp_path / "missing") == ""


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        pytest.param(f"token {TOKEN} is old", "token (token not shown) is old", id="ours"),
        pytest.param("token r8_Other1 is old", "token (token not shown) is old", id="another"),
        pytest.param("a\x1b[31m\nb\x00\u202ec", "a [31m b c", id="control characters"),
        pytest.param("  ", "", id="blank"),
    ],
)
def test_quoted_text_is_clean(text: str, quoted: str) -> None:
    assert quote_text(text, Secret(TOKEN)) == quoted


def test_quoted_text_is_short() -> None:
    assert len(quote_text("long " * 1000, Secret(TOKEN))) == LONGEST_CHARACTERS


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b'{"title":"Out","detail":"no token","status":401}', "Out: no token"),
        (b'{"detail":"Request was throttled."}', "Request was throttled."),
        (b'{"title":3,"detail":null}', ""),
        (b"<html>Bad gateway</html>", ""),
        (b"[1]", ""),
        (b"[" * 100_000, ""),
        (b"\xff\xfe", ""),
    ],
)
def test_problem_is_quoted_by_title_and_detail(body: bytes, quoted: str) -> None:
    assert quote_problem(body, Secret(TOKEN)) == quoted


@pytest.mark.parametrize(
    ("url", "read"),
    [
        (DEFAULT_API_URL + "/", DEFAULT_API_URL),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("http://localhost/v1", "http://localhost/v1"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://proxy.example/replicate/v1", "https://proxy.example/replicate/v1"),
    ],
)
def test_api_url_is_https_or_this_machine(tmp_path: Path, url: str, read: str) -> None:
    assert load_settings(environment={"COSTING_API_URL": url}, folder=tmp_path).api_url == read


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.replicate.com/v1", "use https"),
        ("http://127.0.0.1.example/v1", "use https"),
        ("ftp://api.replicate.com", "must be an address"),
        ("api.replicate.com/v1", "must be an address"),
        ("https://", "must be an address"),
        ("https://a:b", "must be an address"),
        ("https://user@api.replicate.com/v1", "neither user"),
        ("https://api.replicate.com/v1?a=b", "neither user"),
        ("https://api.replicate.com/v1 x", "neither user"),
    ],
)
def test_api_url_that_would_show_the_token_is_refused(
    tmp_path: Path, url: str, reason: str
) -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings(environment={"COSTING_API_URL": url}, folder=tmp_path)

    assert reason in caught.value.what
