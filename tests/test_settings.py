"""Settings: who wins, where a value came from, and what is said of mistakes."""

from pathlib import Path

import pytest

from costing.errors import BadSetting, SettingsError, SettingsUnreadable, UnknownSetting
from costing.setting_layer import Origin, user_file
from costing.setting_value import Secret
from costing.settings import Settings, load_settings, setting_table


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose XDG folders are the test's own."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_settings_have_defaults_and_say_so(tmp_path: Path, environment: dict[str, str]) -> None:
    settings = load_settings(environment=environment, folder=tmp_path)

    assert settings.home == tmp_path / "data" / "costing"
    assert (settings.timezone, settings.book, settings.use_catalogue) == ("UTC", "replicate", True)
    assert all(settings.source(row.name).origin is Origin.DEFAULT for row in setting_table())


def test_settings_refuse_a_folder_of_books_that_is_not_there(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    config = write(tmp_path / "costing.toml", '\nbooks = "prices"\n')
    settings = load_settings(environment=environment, folder=tmp_path)

    with pytest.raises(BadSetting, match="there is no such folder") as caught:
        _ = settings.book_folders
    (tmp_path / "prices").mkdir()

    assert caught.value.where == f"project file {config}, line 2"
    assert settings.book_folders == (tmp_path / "prices",)


def test_settings_are_taken_from_the_strongest_place(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    write(user_file(environment), 'book = "u"\ntimezone = "Asia/Tokyo"\nuse_catalogue = false\n')
    write(tmp_path / "costing.toml", 'book = "p"\ntimezone = "Europe/Berlin"\n')
    environment |= {"COSTING_BOOK": "e", "COSTING_MEMORY_LIMIT": "1GB"}

    settings = load_settings(
        {"book": "f", "timezone": None}, environment=environment, folder=tmp_path
    )

    assert settings.book == "f"
    assert settings.memory_limit == "1GB"
    assert settings.timezone == "Europe/Berlin"
    assert settings.use_catalogue is False
    origins = [settings.source(n).origin for n in ("book", "memory_limit", "timezone")]
    assert origins == [Origin.FLAG, Origin.VARIABLE, Origin.PROJECT]
    assert str(settings.source("use_catalogue")) == f"user file {user_file(environment)}, line 3"


def test_settings_resolve_paths_from_the_file_that_names_them(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    config = write(tmp_path / "team" / "costing.toml", 'books = "prices"\n')
    environment |= {"COSTING_CONFIG": str(config), "COSTING_HARDWARE": "hardware.toml"}

    settings = load_settings(environment=environment, folder=tmp_path / "work")

    assert settings.books == tmp_path / "team" / "prices"
    assert settings.hardware == tmp_path / "work" / "hardware.toml"


def test_settings_prefer_the_file_of_the_flag_to_the_one_of_the_variable(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    config = write(tmp_path / "flag.toml", 'book = "flag"\n')
    environment |= {"COSTING_CONFIG": str(tmp_path / "missing.toml")}

    assert load_settings(config=config, environment=environment, folder=tmp_path).book == "flag"


def test_settings_take_an_empty_variable_as_unset(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    environment |= {"COSTING_BOOK": ""}

    assert load_settings(environment=environment, folder=tmp_path).book == "replicate"


@pytest.mark.parametrize(
    ("text", "kind", "what", "line"),
    [
        ('\nbok = "x"\n', UnknownSetting, 'unknown setting "bok"', 2),
        ("[book]\n", BadSetting, "it must be text", 1),
        ("[alarms]\nx = 1\n", UnknownSetting, 'unknown setting "alarms"', 1),
        ("home = 3\n", BadSetting, 'setting "home" cannot be 3: it must be text', 1),
        ('timezone = "Europe/Brlin"\n', BadSetting, "no such time zone", 1),
        ('timezone = "../../etc/passwd"\n', BadSetting, "no such time zone", 1),
        ('use_catalogue = "maybe"\n', BadSetting, "true or false", 1),
        ("lock_wait_seconds = -1\n", BadSetting, "zero or more", 1),
        ("lock_wait_seconds = nan\n", BadSetting, "zero or more", 1),
        ("max_line_bytes = 0\n", BadSetting, "it must be a size", 1),
        ("max_line_bytes = true\n", BadSetting, "number of bytes", 1),
        ('memory_limit = "lots"\n', BadSetting, "it must be a size", 1),
        ('api_token = "r8_x"\n', BadSetting, "set REPLICATE_API_TOKEN instead", 1),
        ("\nbook = \n", SettingsUnreadable, "invalid value", 2),
        ('book = "a"\nbook = "b"\n', SettingsUnreadable, "cannot overwrite", 2),
        ('book = """\n\n', SettingsUnreadable, "cannot be read", 3),
    ],
)
def test_settings_file_mistakes_name_file_and_line(
    tmp_path: Path,
    environment: dict[str, str],
    text: str,
    kind: type[SettingsError],
    what: str,
    line: int,
) -> None:
    path = write(tmp_path / "costing.toml", text)

    with pytest.raises(SettingsError) as caught:
        load_settings(environment=environment, folder=tmp_path)

    assert isinstance(caught.value, kind)
    assert what in caught.value.what
    assert caught.value.where.endswith(f"{path}, line {line}")
    assert "r8_x" not in str(caught.value)


def test_settings_offer_the_nearest_name(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(UnknownSetting) as caught:
        load_settings(environment=environment | {"COSTING_TIMZONE": "UTC"}, folder=tmp_path)

    assert "did you mean `COSTING_TIMEZONE`?" in caught.value.help


@pytest.mark.parametrize("make", ["missing", "folder", "latin-1"])
def test_settings_file_that_cannot_be_read_is_an_error(
    tmp_path: Path, environment: dict[str, str], make: str
) -> None:
    path = tmp_path / "named.toml"
    if make == "folder":
        path.mkdir()
    elif make == "latin-1":
        path.write_bytes('book = "é"'.encode("latin-1"))

    with pytest.raises(SettingsUnreadable) as caught:
        load_settings(config=path, environment=environment, folder=tmp_path)

    assert caught.value.where == str(path)


def test_settings_never_show_a_secret(tmp_path: Path, environment: dict[str, str]) -> None:
    environment |= {"REPLICATE_API_TOKEN": "r8_very_secret"}

    settings = load_settings(environment=environment, folder=tmp_path)

    assert "r8_very_secret" not in f"{settings!r} {settings.api_token}"
    assert settings.api_token == Secret("r8_very_secret")


def test_settings_can_be_made_in_code() -> None:
    settings = Settings(home=Path("ledger"), timezone="Europe/Berlin")

    assert settings.source("timezone").origin is Origin.DEFAULT
    assert {settings: 1}[settings] == 1


@pytest.mark.parametrize(
    ("raw", "expected"), [("16 MiB", 16777216), ("400MB", 400_000_000), ("7", 7), ("2kb", 2000)]
)
def test_settings_read_sizes(
    tmp_path: Path, environment: dict[str, str], raw: str, expected: int
) -> None:
    environment |= {"COSTING_MAX_LINE_BYTES": raw}

    assert load_settings(environment=environment, folder=tmp_path).max_line_bytes == expected
