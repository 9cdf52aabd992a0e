"""Looking price books over: what is refused, what is asked about, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pricing.book_file import parse_version
from pricing.book_folder import SHIPPED_FOLDER, find_books
from pricing.finding import Finding, Severity, has_error
from pricing.lint import lint_books, lint_files, lint_path
from tests.pricing.price_files import model_rate, price_file, sku_rate, write_files

CheckGolden = Callable[[str, bytes], None]
WITHDRAWN = '\n[[rate]]\nsku = "{}"\nunit = "second"\nwithdrawn = true\n'


def lint(tmp_path: Path, *texts: str) -> list[str]:
    folder = write_files(tmp_path, *texts)
    return [as_text(finding, tmp_path) for finding in lint_path(folder, [folder])]


def as_text(finding: Finding, folder: Path) -> str:
    return str(finding).replace(f"{folder}/", "")


def correction(body: str, *, corrects: str = "1", known_since: str = "2024-06-01") -> str:
    head = f'corrects = "{corrects}"\nreason = "misread"\n'
    return price_file(head + body, version="2", known_since=known_since, kind="correction")


BAD_BOOKS = {
    "priced twice": (
        price_file(sku_rate("gpu-t4", "0.1")),
        price_file(sku_rate("gpu-t4", "0.2"), version="2"),
    ),
    "priced twice in one file": (price_file(sku_rate("gpu-t4", "0.1") * 2),),
    "sold no longer, and not withdrawn": (
        price_file(sku_rate("gpu-t4", "0.1") + sku_rate("cpu", "0.1")),
        price_file(
            "complete = true\n" + sku_rate("cpu", "0.1"), version="2", effective_from="2024-02-01"
        ),
    ),
    "withdrawn without a price": (price_file(WITHDRAWN.format("gpu-t4")),),
    "corrects nothing": (price_file(sku_rate("cpu", "1")), correction(sku_rate("gpu-t4", "1"))),
    "corrects a version that is not there": (correction(sku_rate("gpu-t4", "1"), corrects="0"),),
    "corrects what is known later": (
        price_file(sku_rate("cpu", "1"), known_since="2024-09-01"),
        correction(sku_rate("cpu", "2")),
    ),
    "unknown hardware": (price_file(sku_rate("A40 (Large)", "1") + sku_rate("gpu-b200", "1")),),
    "unknown selector": (price_file(model_rate("1", 'colour = "red"')),),
    "unknown unit": (price_file(model_rate("1", unit="output_picture")),),
    "a jump and slips": (
        price_file(sku_rate("gpu-t4", "0.0002") + sku_rate("cpu", "0.0001") + model_rate("0.003")),
        price_file(
            sku_rate("gpu-t4", "0.0006") + sku_rate("cpu", "0.001") + model_rate("3"),
            version="2",
            effective_from="2024-02-01",
        ),
    ),
    "a slip corrected": (price_file(sku_rate("cpu", "0.001")), correction(sku_rate("cpu", "0.01"))),
    "tiers that overlap": (
        price_file(
            model_rate("1", 'output_megapixels = "<=24"')
            + model_rate("2", 'output_megapixels = ">=24,<=48"')
            + model_rate("3", 'output_megapixels = "12"')
        ),
    ),
    "tiers that one record may match": (
        price_file(model_rate("1", 'mode = "pro"') + model_rate("2", 'resolution = "720p"')),
    ),
    "a hole between tiers": (
        price_file(
            model_rate("1", 'output_megapixels = "<=24"')
            + model_rate("2", 'output_megapixels = ">25"')
        ),
    ),
    "a default for nothing": (
        price_file(
            model_rate("1") + '\n[[default]]\nmodel = "acme/painter"\nwhen = { mode = "x" }\n'
        ),
    ),
    "a unit lost in one tier": (
        price_file(
            model_rate("1", 'resolution = "720p"', unit="input_token")
            + model_rate("2", 'resolution = "720p"', unit="output_video_second")
            + model_rate("3", 'resolution = "1080p"', unit="output_video_second")
        ),
    ),
    "far from the official price": (price_file(sku_rate("gpu-t4", "0.225")),),
    "far from the list price": (
        price_file('builds_on = "replicate"\n' + sku_rate("gpu-l40s", "0.0001")),
    ),
    "builds on nothing": (price_file('builds_on = "nowhere"\n'),),
    "no source, no date, floats": (
        "\n".join(
            line
            for line in price_file(sku_rate("gpu-t4", "x").replace('"x"', "0.1")).splitlines()
            if not line.startswith(("source", "checked_on"))
        ),
    ),
    "another name than its version's": (price_file(sku_rate("cpu", "0.0001"), version="1"),),
    "no TOML": ('book = "test"\nversion = "1"\nrate = [\n',),
}


def test_words_of_every_finding(tmp_path: Path, check_golden: CheckGolden) -> None:
    lines = []
    for number, (title, texts) in enumerate(BAD_BOOKS.items()):
        folder = write_files(tmp_path / str(number), *texts)
        if title.startswith("another name"):
            (folder / "test" / "1.toml").rename(folder / "test" / "one.toml")
        findings = lint_path(folder, [folder])
        assert findings, title
        lines += [f"# {title}", *(as_text(finding, folder) for finding in findings), ""]

    check_golden("price_lint.txt", "\n".join(lines).encode())


def test_good_book_has_no_findings(tmp_path: Path) -> None:
    tiers = model_rate("1", 'output_megapixels = "<=24"') + model_rate(
        "2", 'output_megapixels = ">24,<=48"'
    )

    found = lint(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.0002") + sku_rate("cpu", "0.0001") + tiers),
        price_file(
            "complete = true\n" + sku_rate("cpu", "0.0002") + WITHDRAWN.format("gpu-t4"),
            version="2",
            effective_from="2024-02-01",
        ),
        correction(sku_rate("cpu", "0.00012")).replace('"2"', '"3"'),
    )

    assert found == []


def test_tiers_of_different_times_do_not_overlap(tmp_path: Path) -> None:
    ended = model_rate("1", 'output_megapixels = "<=24"').replace(
        'price_usd = "1"', "withdrawn = true"
    )

    found = lint(
        tmp_path,
        price_file(model_rate("1", 'output_megapixels = "<=24"')),
        price_file(
            ended + model_rate("1", 'output_megapixels = "<=30"'),
            version="2",
            effective_from="2024-02-01",
        ),
    )

    assert found == []


@pytest.mark.parametrize(
    "rates",
    [
        pytest.param(
            model_rate("1", 'mode = "std"', unit="run")
            + model_rate("2", 'mode = "pro"', unit="output_video_second"),
            id="units that take turns",
        ),
        pytest.param(
            model_rate("1", unit="input_token")
            + model_rate("2", 'resolution = "720p"', unit="output_video_second")
            + model_rate("3", 'resolution = "1080p"', unit="output_video_second"),
            id="unit without tiers",
        ),
        pytest.param(
            model_rate("1", 'resolution = "720p"', unit="input_token")
            + model_rate("1", 'resolution = "1080p"', unit="input_token")
            + model_rate("2", 'resolution = "720p"', unit="output_video_second")
            + model_rate("3", 'resolution = "1080p"', unit="output_video_second"),
            id="both in both",
        ),
    ],
)
def test_units_that_are_all_priced_raise_no_question(tmp_path: Path, rates: str) -> None:
    assert lint(tmp_path, price_file(rates)) == []


def test_unknown_hardware_of_a_shipped_file_is_an_error() -> None:
    path = "books/replicate/2025-12-01.toml"
    text = price_file(sku_rate("gpu-b200", "1"), book="replicate", version="2025-12-01")

    findings = lint_files([parse_version(text.encode(), path)], ())

    assert [one.message for one in findings if one.severity is Severity.ERROR] == [
        "unknown hardware 'gpu-b200'"
    ]


def test_shipped_books_have_no_errors() -> None:
    findings = lint_books([book.name for book in find_books(())], ())

    assert not has_error(findings)


def test_official_book_raises_no_question() -> None:
    assert lint_books(["replicate"], ()) == ()


def test_api_map_is_asked_about(check_golden: CheckGolden) -> None:
    findings = lint_books(["api-map"], ())

    assert {finding.severity for finding in findings} == {Severity.QUESTION}
    check_golden("price_lint_api_map.txt", "".join(f"{one}\n" for one in findings).encode())


def test_path_of_shipped_files_is_looked_over_like_any_other() -> None:
    assert lint_path(SHIPPED_FOLDER, ()) == lint_books(["api-map", "replicate"], ())
    assert lint_path(SHIPPED_FOLDER / "api-map", ()) == lint_books(["api-map"], ())
    assert lint_path(SHIPPED_FOLDER / "replicate" / "2025-05-16.toml", ()) == ()


def test_only_what_concerns_the_asked_file_is_told(tmp_path: Path) -> None:
    folder = write_files(
        tmp_path,
        price_file(sku_rate("gpu-t4", "0.1")),
        price_file(sku_rate("gpu-t4", "0.2"), version="2"),
    )

    assert lint_path(folder / "test" / "1.toml", [folder]) == ()
    assert has_error(lint_path(folder / "test" / "2.toml", [folder]))


def test_user_version_is_looked_over_beside_the_shipped_ones(tmp_path: Path) -> None:
    text = price_file(
        sku_rate("gpu-t4", "0.00225"), book="replicate", version="mine", effective_from="2027-01-01"
    )
    folder = write_files(tmp_path, text, book="replicate")

    (finding,) = lint_path(folder, [folder])

    assert "0.00225 is 10 times the price from 2025-12-01, 0.000225, a slip by 10" in str(finding)


def test_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lint_path(tmp_path / "no.toml", ())
