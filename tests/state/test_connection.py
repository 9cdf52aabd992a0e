"""Opening the state: for the first time, many at once, and whatever may be wrong with the file."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costing.errors import HomeUnusable, LedgerLocked, exit_code_of
from costing.state.connection import open_store
from costing.state.cursor import Cursor, read_cursor, set_cursor
from costing.state.error import (
    StateDamaged,
    StateFull,
    StateLocked,
    StateReplaced,
    StateTooNew,
    storage_error,
)
from costing.state.file import STATE_FILE, has_state
from costing.state.inbox import Arrival, Kind, Origin, append, measure_backlog, pending
from costing.state.store import Store
from tests.state.child import Child

NOW = datetime(2026, 11, 1, tzinfo=UTC)

OPENER = """
say("ready")
sys.stdin.readline()
with open_store(home) as store, store.transaction() as transaction:
    append(transaction, [row(name)], NOW)
say("done")
"""


def _large_row(size_bytes: int = 1_000_000) -> Arrival:
    return Arrival(Origin.API, Kind.RECORD, b"x" * size_bytes)


def _write(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_ten_first_openings_at_once_make_one_state(tmp_path: Path) -> None:
    home = tmp_path / "home"
    names = [str(number) for number in range(10)]
    with ExitStack() as stack:
        children = [stack.enter_context(Child(OPENER, home, name)) for name in names]
        assert [child.hear() for child in children] == ["ready"] * len(names)
        for child in children:
            child.tell()

        ends = [child.hear() for child in children]

    with open_store(home) as store:
        assert ends == ["done"] * len(names)
        assert sorted(row.body.decode() for row in pending(store)) == names


def test_state_is_for_the_user_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"

    with open_store(home) as store, store.transaction() as transaction:
        append(transaction, [_large_row(1)], NOW)
        modes = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()}

    assert home.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys((STATE_FILE, f"{STATE_FILE}-wal", f"{STATE_FILE}-shm"), 0o600)


def test_state_is_durable_at_commit(store: Store) -> None:
    settings = [store._connection.execute(f"pragma {name}").fetchone()[0] for name in SETTINGS]

    assert settings == list(SETTINGS.values())


SETTINGS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_settings_survive_a_transaction(store: Store) -> None:
    with store.transaction() as transaction:
        append(transaction, [_large_row(1)], NOW)

    assert store._connection.execute("pragma busy_timeout").fetchone()[0] == 10_000


def test_asking_whether_there_is_a_state_makes_none(tmp_path: Path) -> None:
    assert not has_state(tmp_path)
    assert list(tmp_path.iterdir()) == []

    open_store(tmp_path).close()

    assert has_state(tmp_path)


def test_log_of_a_state_that_is_gone_is_not_replayed(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with store.transaction() as transaction:
            append(transaction, [_large_row(1)], NOW)
        log = (tmp_path / f"{STATE_FILE}-wal").read_bytes()
    (tmp_path / STATE_FILE).unlink()
    (tmp_path / f"{STATE_FILE}-wal").write_bytes(log)

    with open_store(tmp_path) as store:
        assert measure_backlog(store).row_count == 0


def test_state_half_made_by_a_killed_process_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "state.new").write_bytes(b"half")

    with open_store(tmp_path) as store:
        assert pending(store) == ()


def test_copy_without_a_log_is_taken_into_use(tmp_path: Path) -> None:
    with open_store(tmp_path / "old") as store:
        with store.transaction() as transaction:
            append(transaction, [_large_row(1)], NOW)
        (tmp_path / "new").mkdir()
        store._connection.execute("vacuum into ?", [str(tmp_path / "new" / STATE_FILE)])

    with open_store(tmp_path / "new") as store:
        assert len(pending(store)) == 1
        assert store._connection.execute("pragma journal_mode").fetchone()[0] == "wal"


def test_empty_file_becomes_a_state(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).touch()

    with open_store(tmp_path) as store:
        assert pending(store) == ()


def test_newer_state_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    _write(tmp_path / STATE_FILE, "pragma user_version = 9999")

    with pytest.raises(StateTooNew, match="schema 9999"):
        open_store(tmp_path)


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    _write(tmp_path / STATE_FILE, "create table theirs (a)")
    before = (tmp_path / STATE_FILE).read_bytes()

    with pytest.raises(StateDamaged) as caught:
        open_store(tmp_path)

    assert caught.value.notes == ("it is a database of another program",)
    assert (tmp_path / STATE_FILE).read_bytes() == before


@pytest.mark.parametrize("is_made_anew", [False, True])
def test_nothing_is_written_to_a_file_that_is_not_in_its_place(
    tmp_path: Path, is_made_anew: bool
) -> None:
    with open_store(tmp_path) as store:
        (tmp_path / STATE_FILE).rename(tmp_path / "moved")
        if is_made_anew:
            open_store(tmp_path).close()

        with pytest.raises(StateReplaced), store.transaction() as transaction:
            append(transaction, [_large_row(1)], NOW)

        assert measure_backlog(store).row_count == 0


def test_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_bytes(b"no database at all" * 100)

    with pytest.raises(StateDamaged):
        open_store(tmp_path)


def test_damaged_page_is_told(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.transaction() as transaction:
        append(transaction, [_large_row()], NOW)
    content = bytearray((tmp_path / STATE_FILE).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # All but the first page.
    (tmp_path / STATE_FILE).write_bytes(content)

    with open_store(tmp_path) as store, pytest.raises(StateDamaged):
        pending(store)


def test_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(HomeUnusable):
        open_store(tmp_path / "home")


def test_state_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).mkdir()

    with pytest.raises(HomeUnusable, match=r"state\.sqlite: unable to open"):
        open_store(tmp_path)


def test_locked_state_is_told(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with (
        closing(sqlite3.connect(tmp_path / STATE_FILE, isolation_level=None)) as other,
        open_store(tmp_path, wait_seconds=0.01) as store,
    ):
        other.execute("begin immediate")

        with pytest.raises(StateLocked) as caught, store.transaction():
            pass

        other.execute("rollback")
        with store.transaction() as transaction:
            append(transaction, [_large_row(1)], NOW)

    assert exit_code_of(type(caught.value)) == 75
    assert caught.value.what.startswith("the state is in use")
    assert not isinstance(caught.value, LedgerLocked)


def test_disk_without_room_for_the_index_of_the_log_is_full() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE

    assert isinstance(storage_error(error, Path("state.sqlite")), StateFull)


def test_full_disk_keeps_nothing_and_can_be_mended(store: Store) -> None:
    [pages] = store._connection.execute("pragma page_count").fetchone()
    store._connection.execute(f"pragma max_page_count = {pages + 2}")

    with pytest.raises(StateFull), store.transaction() as transaction:
        append(transaction, [_large_row(1), _large_row()], NOW)

    assert pending(store) == ()
    store._connection.execute("pragma max_page_count = 1000000")
    with store.transaction() as transaction:
        append(transaction, [_large_row()], NOW)
    assert measure_backlog(store).row_count == 1


def test_page_and_cursor_are_durable_together_or_not_at_all(store: Store) -> None:
    first, second = Cursor("predictions", "page 1", NOW), Cursor("predictions", "page 2", NOW)
    with store.transaction() as transaction:
        append(transaction, [_large_row(1)], NOW)
        set_cursor(transaction, first)

    def store_page_and_fail() -> None:
        with store.transaction() as transaction:
            append(transaction, [_large_row(1)], NOW)
            set_cursor(transaction, second)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        store_page_and_fail()

    assert read_cursor(store, "predictions") == first
    assert measure_backlog(store).row_count == 1
    assert read_cursor(store, "trainings") is None


def test_cursor_set_again_is_replaced(store: Store) -> None:
    for value in ("page 1", "page 2"):
        with store.transaction() as transaction:
            set_cursor(transaction, Cursor("predictions", value, NOW))

    assert read_cursor(store, "predictions") == Cursor("predictions", "page 2", NOW)
