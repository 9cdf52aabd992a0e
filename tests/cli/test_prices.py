"""`costing prices`: looking at books, checking and adding files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costing.errors import ExitCode
from tests.cli.conftest import Run

VERSION = """\
book = "acme"
version = "{version}"
effective_from = {day}T00:00:00Z
known_since = {day}T00:00:00Z
kind = "move"
currency = "USD"
source = "contract of {day}"
checked_on = {day}
confidence = "high"

[[rate]]
sku = "gpu-t4"
unit = "second"
price_usd = "{price}"
published = "${price} a second"
"""


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A folder of own books with one book of two versions."""
    folder = tmp_path / "books"
    write_version(folder / "acme" / "2026-01-01.toml", "2026-01-01", "0.000225")
    write_version(folder / "acme" / "2026-10-01.toml", "2026-10-01", "0.000200")
    (tmp_path / "costing.toml").write_text('books = "books"\nbook = "acme"\n')
    return folder


def write_version(path: Path, day: str, price: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VERSION.format(version=path.stem, day=day, price=price))
    return path


@pytest.mark.usefixtures("books")
def test_prices_list_shows_own_books_beside_the_shipped(run: Run, books: Path) -> None:
    answer = run("prices", "list", "--format", "json")

    found = {row["book"]: row for row in json.loads(answer.out)}
    assert found["acme"]["versions"] == 2
    assert found["acme"]["builds_on"] is None
    assert found["acme"]["last_change"] == "2026-10-01"
    assert found["acme"]["latest"] == "2026-10-01"
    assert found["acme"]["from"] == str(books)
    assert found["replicate"]["from"] == "shipped"


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("instant", "price"),
    [
        ("2026-09-30T23:59:59.999999Z", "0.000225"),
        ("2026-10-01", "0.0002"),
        ("2026-10-01T01:59:59+02:00", "0.000225"),
        ("2030-01-01", "0.0002"),
    ],
)
def test_prices_at_takes_the_price_of_the_exact_instant(run: Run, instant: str, price: str) -> None:
    answer = run("prices", "at", "Nvidia T4", instant, "--format", "json")

    (row,) = json.loads(answer.out)
    assert float(row["price_usd"]) == float(price)
    assert row["name"] == "gpu-t4"


@pytest.mark.usefixtures("books")
def test_prices_for_programs_are_null_where_unknown_and_rfc_3339(run: Run) -> None:
    options = ("acme", "--at", "2026-05-01", "--format")

    (row,) = json.loads(run("prices", "show", *options, "json").out)
    shown = run("prices", "show", *options, "table").out

    assert row["when"] is None
    assert (row["since"], row["until"]) == ("2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z")
    assert "2026-01-01 00:00  2026-10-01 00:00" in shown
    assert "—" in shown


@pytest.mark.usefixtures("books")
def test_withdrawn_price_is_null_for_programs_and_said_to_people(run: Run) -> None:
    rates = ("--rate", "T4=withdrawn")
    assert run(*ADD, "2026-11-01", *rates).code == 0

    (row,) = json.loads(run("prices", "show", "acme@2026-11-01", "--format", "json").out)
    shown = run("prices", "show", "acme@2026-11-01").out

    assert row["price_usd"] is None
    assert "withdrawn" in shown


@pytest.mark.usefixtures("books")
def test_prices_at_means_days_of_the_set_zone(run: Run) -> None:
    answer = run(
        *("prices", "at", "gpu-t4", "2026-10-01", "--format", "json"),
        COSTING_TIMEZONE="Asia/Tokyo",
    )

    assert json.loads(answer.out)[0]["version"] == "acme@2026-01-01"


@pytest.mark.usefixtures("books")
def test_prices_at_says_when_there_is_no_price(run: Run) -> None:
    answer = run("prices", "at", "gpu-t4", "2025-12-31")

    assert (answer.code, answer.out) == (ExitCode.FAILED, "")
    assert 'no price of "gpu-t4" at 2025-12-31 00:00 UTC in book acme' in answer.talk


@pytest.mark.usefixtures("books")
def test_prices_at_refuses_what_is_no_instant(run: Run) -> None:
    answer = run("prices", "at", "gpu-t4", "yesterday")

    assert answer.code == ExitCode.USAGE
    assert 'error: "yesterday" is no day or instant' in answer.talk


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("arguments", "version"),
    [
        (["acme@2026-01-01"], "acme@2026-01-01"),
        (["acme", "--at", "2026-05-01"], "acme@2026-01-01"),
        (["acme", "--at", "2026-11-01"], "acme@2026-10-01"),
    ],
    ids=["version", "then", "now"],
)
def test_prices_show_a_version_or_what_is_in_force(
    run: Run, arguments: list[str], version: str
) -> None:
    answer = run("prices", "show", *arguments, "--format", "json")

    assert [row["version"] for row in json.loads(answer.out)] == [version]


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("book", "instead"), [("acmee", "acme"), ("acme@2020-01-01", "2026-01-01, 2026-10-01")]
)
def test_prices_show_names_what_there_is_instead(run: Run, book: str, instead: str) -> None:
    answer = run("prices", "show", book)

    assert answer.code == ExitCode.USAGE
    assert instead in answer.talk.splitlines()[-1]


@pytest.mark.usefixtures("books")
def test_prices_diff_shows_ratio_and_percent(run: Run) -> None:
    answer = run("prices", "diff", "acme@2026-01-01", "acme@2026-10-01")

    assert answer.code == 0
    assert "gpu-t4" in answer.out
    assert "-11.1" in answer.out


ADD = ("prices", "add", "acme", "--source", "offer 18", "--from")


def test_prices_add_writes_a_version_that_is_read(run: Run, books: Path) -> None:
    answer = run(*ADD, "2026-11-01", "--rate", "T4=0.00021", "--rate", "a/b:output_image=0.03")

    assert (answer.code, answer.out) == (0, "acme/2026-11-01.toml\n")
    assert (books / "acme" / "2026-11-01.toml").is_file()
    found = json.loads(run("prices", "show", "acme@2026-11-01", "--format", "json").out)
    assert {(row["name"], row["unit"], row["price_usd"]) for row in found} == {
        ("gpu-t4", "second", "0.00021"),
        ("a/b", "output_image", "0.03"),
    }


@pytest.mark.usefixtures("books")
def test_prices_add_names_the_tier_and_the_input_that_asks_for_the_quantity(run: Run) -> None:
    rate = "a/b:output_video_second[resolution=720p;duration=>24,<=48]=0.1"
    asked = ("--input-field", "duration", "--input-factor", "1.5")

    answer = run(*ADD, "2026-11-01", "--rate", rate, "--rate", "T4=0.0002", *asked, "--dry-run")

    assert answer.code == 0
    assert 'when = { duration = ">24,<=48", resolution = "720p" }' in answer.out
    assert answer.out.count('input_field = "duration"\ninput_factor = "1.5"') == 1


def test_prices_list_shows_the_versions_of_a_book(run: Run, books: Path) -> None:
    found = json.loads(run("prices", "list", "acme", "--format", "json").out)

    assert {row["version"] for row in found} == {path.stem for path in (books / "acme").iterdir()}
    assert {row["kind"] for row in found} == {"move"}


@pytest.mark.usefixtures("books")
def test_prices_add_makes_a_contract_of_another_book(run: Run) -> None:
    options = ("--builds-on", "acme", "--discount", "50", "--source", "offer 19")

    answer = run("prices", "add", "ours", *options, "--from", "2026-11-01")

    assert answer.code == 0
    found = run("prices", "at", "gpu-t4", "2026-11-02", "--book", "ours", "--format", "json")
    assert float(json.loads(found.out)[0]["price_usd"]) == 0.0001


def test_prices_add_shows_the_file_in_a_dry_run(run: Run, books: Path) -> None:
    answer = run(*ADD, "2026-11-01", "--rate", "T4=0.00021", "--dry-run")

    assert answer.code == 0
    assert 'price_usd = "0.00021"' in answer.out
    assert not (books / "acme" / "2026-11-01.toml").exists()


def test_prices_add_never_overwrites(run: Run, books: Path) -> None:
    before = (books / "acme" / "2026-10-01.toml").read_text()

    answer = run(*ADD, "2026-10-01", "--rate", "T4=0.0001")

    assert answer.code == ExitCode.USAGE
    assert "never edited" in answer.talk
    assert (books / "acme" / "2026-10-01.toml").read_text() == before


def test_prices_add_refuses_what_contradicts_the_book(run: Run, books: Path) -> None:
    answer = run(*ADD, "2026-10-01", "--rate", "T4=0.0001", "--version", "again")

    assert answer.code == ExitCode.USAGE
    assert "make it a correction of that version" in answer.talk
    assert not (books / "acme" / "again.toml").exists()


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--rate", "T4"], "is no rate"),
        (["--rate", "T4=free"], "is not a number"),
        (["--rate", "T4=-1"], "not positive"),
        (["--rate", "T4=1", "--version", "../../etc"], "cannot be the name"),
        (["--rate", "T4=1", "--discount", "lots"], "is not a number"),
        (["--rate", "T4=1", "--input-field", "duration"], "is for prices by unit"),
        (["--rate", "a/b:output_image=1", "--input-factor", "2"], "needs --input-field"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_prices_add_refuses_what_makes_no_sense(run: Run, arguments: list[str], what: str) -> None:
    answer = run(*ADD, "2026-11-01", *arguments)

    assert (answer.code, answer.out) == (ExitCode.USAGE, "")
    assert what in answer.talk


def test_prices_add_needs_a_folder_of_own_books(run: Run) -> None:
    answer = run(*ADD, "2026-11-01", "--rate", "T4=0.0002")

    assert answer.code == ExitCode.USAGE
    assert "COSTING_BOOKS" in answer.talk


@pytest.mark.usefixtures("books")
def test_prices_lint_passes_over_questions(run: Run, tmp_path: Path) -> None:
    answer = run("prices", "lint", str(tmp_path / "books"), "--format", "json")

    assert answer.code == 0
    assert {row["severity"] for row in json.loads(answer.out)} <= {"question"}


def test_prices_lint_fails_on_an_error(run: Run, books: Path) -> None:
    write_version(books / "acme" / "again.toml", "2026-10-01", "0.1")

    answer = run("prices", "lint", str(books))

    assert answer.code == ExitCode.FAILED
    assert "make it a correction of that version" in answer.out


def test_prices_lint_says_that_a_path_is_missing(run: Run) -> None:
    answer = run("prices", "lint", "nowhere")

    assert answer.code == ExitCode.DATA
    assert answer.talk.startswith("error: no such file or directory\n  --> nowhere")


@pytest.mark.usefixtures("books")
def test_prices_add_takes_days_in_utc_whatever_the_zone(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSTING_TIMEZONE", "Europe/Berlin")

    answer = run(*ADD, "2026-11-01", "--rate", "T4=0.0002", "--dry-run")

    assert 'version = "2026-11-01"' in answer.out
    assert "effective_from = 2026-11-01T00:00:00Z" in answer.out
