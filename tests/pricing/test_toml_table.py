"""Reading TOML: what is no file of ours is a finding and never a crash."""

from __future__ import annotations

from pricing.toml_table import parse_toml


def test_text_that_is_nested_without_end_is_a_finding() -> None:
    file, values = parse_toml(b"a = " + b"[" * 100_000, "deep.toml")

    assert values is None
    assert [finding.message for finding in file.findings] == ["this is nested too deeply"]
