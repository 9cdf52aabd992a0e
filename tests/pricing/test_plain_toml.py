"""The fast reader gives what the standard parser gives, or declines."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.book_folder import SHIPPED_FOLDER
from pricing.plain_toml import parse_plain_toml

SHIPPED = sorted(SHIPPED_FOLDER.glob("*/*.toml"))
PIECES = st.sampled_from(
    [
        "[[rate]]", "[[default]]", "[rate]", "[[a.b]]", "# note", "", "  ", "\t", "a", "b-c", "1",
        "=", " = ", "==", '"text"', '"a # b"', '"\\""', '"\\\\"', '"\\n"', '"\\u0041"', '"é"',
        "'literal'", '"""', "2024-01-31T00:00:00Z", "2024-02-30T00:00:00Z", "2024-01-31",
        "2024-01-31T00:00:00", "2024-13-01", "2024-01-31T24:00:00Z", "2024-01-31T00:00:60Z",
        "0000-01-01", "true", "false", "1.5", "[]", "{ a = \"1\" }", '{ a = "1", a = "2" }',
        '{ a = "1", b = "}" }', "{}", '{ a = "1", }', " # end", "\n", "\r\n", "\r", "\x00", "\x7f",
        "\u2028", "\u0085",
    ]
)  # fmt: skip
LINES = st.tuples(
    st.sampled_from(["a", "b", "b-c", "rate"]), st.sampled_from([" = ", "=", "  =\t"]), PIECES
).map("".join)
DOCUMENTS = st.lists(LINES | PIECES, max_size=8).map("\n".join) | st.lists(PIECES).map("".join)


@given(DOCUMENTS)
def test_what_is_not_declined_is_read_as_the_standard_parser_does(text: str) -> None:
    plain = parse_plain_toml(text)

    assert plain is None or plain == tomllib.loads(text)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_file_is_read_as_the_standard_parser_does(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert parse_plain_toml(text) in (None, tomllib.loads(text))


def test_large_shipped_files_are_not_declined() -> None:
    declined = [
        path.name
        for path in SHIPPED_FOLDER.glob("*/unit-prices*.toml")
        if parse_plain_toml(path.read_text(encoding="utf-8")) is None
    ]

    assert declined == []
