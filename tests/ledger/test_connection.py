"""What stands in the ledger's place, and who holds it: files that are none, and strangers."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import duckdb
import pytest

from costing.errors import CostingError, ExitCode, LedgerLocked
from costing.failure import failure_of
from costing.ledger.connection import attached, connect, opened, scratch, storage_error
from costing.ledger.error import (
    LedgerAstray,
    LedgerBusy,
    LedgerDamaged,
    LedgerForeign,
    LedgerOfNewerDuckDB,
    MemoryExhausted,
    NoLedger,
)
from costing.lock import Turn, reading, writing
from tests.turn import a_turn

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
TURN = a_turn(command="test", wait_seconds=0, clock=lambda: NOW)

Write = Callable[[Path], None]
Enter = Callable[[Path, Turn], AbstractContextManager[duckdb.DuckDBPyConnection]]


def write_text(path: Path) -> None:
    path.write_text("these are my notes\n" * 1000)


def write_nothing(path: Path) -> None:
    path.write_bytes(b"")


def write_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table note (text)")
    connection.commit()
    connection.close()


def write_truncated(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table note as select range from range(100000)")
    path.write_bytes(path.read_bytes()[:13_000])


def write_garbled(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table note as select range from range(100000)")
    content = bytearray(path.read_bytes())
    content[12_388:14_288] = bytes(1900)
    path.write_bytes(content)


def write_unreadable_log(path: Path) -> None:
    duckdb.connect(str(path)).close()
    path.with_name("ledger.duckdb.wal").mkdir()


def write_folder(path: Path) -> None:
    path.mkdir()


def write_foreign(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table note as select 1 as number")


def write_foreign_versions(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for table in ("schema_version", "ingest", "prediction"):
            connection.execute(f"create table {table} as select 1 as number")


DAMAGED: list[Write] = [
    write_text,
    write_nothing,
    write_sqlite,
    write_truncated,
    write_garbled,
    write_unreadable_log,
    write_folder,
]
FOREIGN: list[Write] = [write_foreign, write_foreign_versions]


@contextmanager
def taking_in(
    home: Path, turn: Turn = TURN, *, spill: str = "spill"
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The ledger attached for writing, as an ingest has it."""
    with (
        scratch(home / "spill" / spill, memory_limit="100MB") as connection,
        attached(connection, home, turn),
    ):
        yield connection


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def test_ledger_of_a_newer_duckdb_is_not_called_damaged(tmp_path: Path) -> None:
    words = (
        "Trying to read a database file with version number 999, but we can only read versions "
        "between 64 and 68.\nThe database file was created with an newer version of DuckDB.\n"
    )

    told = storage_error(duckdb.IOException(words), tmp_path / "ledger.duckdb")

    assert type(told) is LedgerOfNewerDuckDB
    failure = failure_of(told)
    assert failure.exit_code is ExitCode.DATA
    assert "move it away" not in (failure.help or "")


@pytest.mark.parametrize("enter", [opened, taking_in], ids=["read", "write"])
@pytest.mark.parametrize("write", [*DAMAGED, *FOREIGN], ids=lambda one: one.__name__)
def test_what_is_no_ledger_is_named_and_left_alone(
    enter: Enter, write: Write, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.duckdb"
    write(path)
    before = content_of(path)

    with pytest.raises(CostingError) as caught, enter(tmp_path, TURN):
        pass

    assert type(caught.value) is (LedgerForeign if write in FOREIGN else LedgerDamaged)
    failure = failure_of(caught.value)
    assert failure.exit_code is ExitCode.DATA
    assert failure.where == str(path)
    assert failure.notes
    assert failure.help
    assert content_of(path) == before


@pytest.mark.parametrize(
    "way",
    [
        "opened(home, a_turn())",
        "scratch(home / 'spill', memory_limit='99MB') as one, attached(one, home, a_turn())",
    ],
    ids=["read", "write"],
)
def test_ledger_that_may_not_be_opened_says_so(way: str, tmp_path: Path) -> None:
    with taking_in(tmp_path):
        pass
    (tmp_path / "ledger.duckdb").chmod(0)

    done = run_without_override(f"with {way}: pass", tmp_path)

    assert "LedgerForbidden: no permission to open the ledger" in done.stderr


@pytest.mark.parametrize("enter", [opened, taking_in], ids=["read", "write"])
def test_link_that_leads_nowhere_is_no_place_for_a_new_ledger(enter: Enter, tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    path.symlink_to(tmp_path / "not mounted" / "ledger.duckdb")

    with pytest.raises(LedgerAstray, match="not mounted"), enter(tmp_path, TURN):
        pass

    assert path.is_symlink()


def test_commit_for_which_there_is_no_room_says_so(tmp_path: Path) -> None:
    done = run_without_override(
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with scratch(home / 'spill', memory_limit='99MB') as one, attached(one, home, a_turn()):\n"
        "    one.execute('create table ledger.note as select 1 as number')\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n",
        tmp_path,
    )

    assert "StorageFull: no space is left on the disk" in done.stderr
    assert "During handling" not in done.stderr.rpartition("StorageFull")[2]


def test_log_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    with taking_in(tmp_path):
        pass

    done = run_without_override(
        "with scratch(home / 'spill', memory_limit='99MB') as one, attached(one, home, a_turn()):\n"
        "    one.execute('create table ledger.note as select 1 as number')\n"
        "    home.chmod(0o500)\n",
        tmp_path,
    )
    tmp_path.chmod(0o700)

    assert "LedgerForbidden: no permission to open the ledger" in done.stderr


def test_empty_home_has_no_ledger_and_gets_nothing_written(tmp_path: Path) -> None:
    home = tmp_path / "home"

    with pytest.raises(NoLedger), opened(home, TURN):
        pass

    assert not home.exists()


def test_schema_records_the_instant_of_the_clock(tmp_path: Path) -> None:
    with taking_in(tmp_path):
        pass

    with opened(tmp_path, TURN) as connection:
        found = connection.execute("select applied_at from schema_version").fetchall()

    assert set(found) == {(NOW.replace(tzinfo=None),)}


def test_archive_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with taking_in(home):
        pass
    shutil.rmtree(home / "locks")
    home.chmod(0o500)

    done = run_without_override(
        "with opened(home, a_turn()) as connection:\n"
        "    print(connection.execute('select count(*) from prediction').fetchone())",
        home,
    )
    home.chmod(0o700)

    assert (done.stdout, done.stderr) == ("(0,)\n", "")
    assert not (home / "locks").exists()


def test_memory_that_does_not_suffice_names_the_setting(tmp_path: Path) -> None:
    with (
        pytest.raises(MemoryExhausted, match=r"`memory_limit` \(10MB\)"),
        scratch(tmp_path / "spill", memory_limit="10MB") as connection,
    ):
        connection.execute("select list(range) from range(10000000)").fetchall()


def test_connection_fetches_and_loads_no_extension() -> None:
    with connect() as connection:
        settings = [
            connection.execute(f"select current_setting('{one}_known_extensions')").fetchone()
            for one in ("autoinstall", "autoload")
        ]

    assert settings == [(False,), (False,)]


def test_connection_reads_json_parquet_and_zones_without_any(tmp_path: Path) -> None:
    path = tmp_path / "one.parquet"
    with connect() as connection:
        connection.execute(f"copy (select '{{\"a\": 1}}'::json as document) to '{path}'")
        found = connection.execute(
            f"select document ->> 'a', hour(timezone('Asia/Tokyo', timestamptz '2026-01-01')) "
            f"from read_parquet('{path}')"
        ).fetchone()

    assert found == ("1", 9)


class Stranger:
    """A database shell, say: a process that opens the file without asking us."""

    def __init__(self, home: Path, *, is_read_only: bool = False) -> None:
        program = (
            "import duckdb, sys\n"
            "connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'True')\n"
            "print('open', flush=True); sys.stdin.read()"
        )
        path = str(home / "ledger.duckdb")
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, path, str(is_read_only), "--marked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"open\n"
        self.pid = self._process.pid

    def leave(self) -> None:
        """Close the file and end."""
        self._process.communicate()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A home with an empty ledger."""
    with taking_in(tmp_path):
        pass
    return tmp_path


@pytest.mark.parametrize(
    ("enter", "is_read_only"),
    [(opened, False), (taking_in, False), (taking_in, True)],
    ids=["reader waits for writer", "writer waits for writer", "writer waits for reader"],
)
def test_stranger_is_waited_for_and_named_once(
    enter: Enter, is_read_only: bool, ledger: Path
) -> None:
    stranger = Stranger(ledger, is_read_only=is_read_only)
    told: list[str] = []

    def announce(line: str) -> None:
        told.append(line)
        stranger.leave()

    with enter(ledger, a_turn(clock=lambda: NOW, announce=announce)) as connection:
        connection.execute("select 1")

    assert len(told) == 1
    assert told[0].startswith(f"waiting for process {stranger.pid} ({sys.executable})")
    assert told[0].endswith("which has the file open")


def test_stranger_is_left_at_once_if_nobody_wants_to_wait(ledger: Path) -> None:
    stranger = Stranger(ledger)
    told: list[str] = []

    with (
        pytest.raises(LedgerBusy, match=f"process {stranger.pid} ") as caught,
        opened(ledger, a_turn(wait_seconds=0, announce=told.append)),
    ):
        pass
    stranger.leave()

    assert failure_of(caught.value).exit_code is ExitCode.LOCKED
    assert told == []


def test_stranger_is_given_up_after_the_time_of_the_turn(ledger: Path) -> None:
    stranger = Stranger(ledger)
    told: list[str] = []

    with (
        pytest.raises(LedgerBusy),
        opened(ledger, a_turn(wait_seconds=0.5, announce=told.append)),
    ):
        pass
    stranger.leave()

    assert len(told) == 1


def test_writer_that_waits_for_a_stranger_keeps_no_reader_out(ledger: Path) -> None:
    stranger = Stranger(ledger, is_read_only=True)
    found: list[object] = []

    def announce(_: str) -> None:
        with opened(ledger, a_turn(wait_seconds=0)) as connection:
            found.append(connection.execute("select count(*) from prediction").fetchone())
        stranger.leave()

    with taking_in(ledger, a_turn(clock=lambda: NOW, announce=announce)):
        pass

    assert found == [(0,)]


def test_nothing_stays_locked_after_a_stranger_was_given_up(ledger: Path) -> None:
    stranger = Stranger(ledger)
    with pytest.raises(LedgerLocked), opened(ledger, TURN):
        pass
    stranger.leave()

    with writing(ledger, a_turn(wait_seconds=0)):
        pass


def test_threads_of_one_process_take_turns_at_the_file(ledger: Path) -> None:
    def add(number: int) -> None:
        turn = a_turn(clock=lambda: NOW)
        with taking_in(ledger, turn, spill=str(number)) as connection:
            connection.execute("insert into ledger.prediction (id) values ($id)", {"id": number})

    def read() -> None:
        with opened(ledger, a_turn()) as connection:
            connection.execute("select count(*) from prediction").fetchone()

    threads = [Thread(target=add, args=(number,)) for number in range(8)]
    threads += [Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with opened(ledger, TURN) as connection, reading(ledger, TURN):
        assert connection.execute("select count(*) from prediction").fetchone() == (8,)


PROLOGUE = """
import sys
from pathlib import Path
from costing.ledger.connection import attached, opened, scratch
from tests.turn import a_turn
home = Path(sys.argv[1])
"""


def run_without_override(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run Python over `home` as a user whom permissions concern, even where root runs the tests.

    See capabilities(7): dropped from the bounding set, they are not given at execve.
    """

    def drop() -> None:
        import ctypes

        drop_from_bounding_set, override, read_search = 24, 1, 2
        for capability in (override, read_search):
            ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)

    return subprocess.run(
        [sys.executable, "-c", PROLOGUE + program, str(home)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=drop,
    )
