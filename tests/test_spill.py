"""What a process spills does not outlive it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from costing.spill import make_spill_folder, nameless_file
from tests.ingest.records import life
from tests.ingest.taking import options

OWNER = """
    import sys
    from pathlib import Path
    from costing import spill
    folder = getattr(spill, sys.argv[2])(Path(sys.argv[1]))
    (folder / "left.jsonl").write_text("private")
    print(folder, flush=True)
    sys.stdin.read()
"""


def start_owner(
    home: Path, make: str = "make_spill_folder", **variables: str
) -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a spill folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), str(home), make],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_process_left_is_removed_and_a_living_one_is_let_alone(
    tmp_path: Path,
) -> None:
    killed, left = start_owner(tmp_path)
    living, held = start_owner(tmp_path)
    killed.kill()
    killed.communicate()

    ours = make_spill_folder(tmp_path)

    assert [left.exists(), held.exists(), ours.exists()] == [False, True, True]
    living.communicate()


def test_a_reader_who_may_not_write_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    no_folder = tmp_path / "home"
    no_folder.write_text("a file stands where the data directory should")
    killed, left = start_owner(no_folder, "make_reading_folder", TMPDIR=str(tmp_path))
    killed.kill()
    killed.communicate()

    living, held = start_owner(no_folder, "make_reading_folder", TMPDIR=str(tmp_path))

    assert held.parent == left.parent == tmp_path / f"costing-{os.getuid()}" / "spill"
    assert (left.exists(), held.exists()) == (False, True)
    living.communicate()


def test_a_folder_is_its_owners_whatever_its_name(tmp_path: Path) -> None:
    """Numbers of processes say nothing across containers, and are given out again."""
    living, held = start_owner(tmp_path)
    stranger = held.rename(held.with_name("999999999-moved"))
    nobody = tmp_path / "spill" / f"{os.getpid()}-nobody"
    nobody.mkdir()

    make_spill_folder(tmp_path)

    assert (stranger.exists(), nobody.exists()) == (True, False)
    living.communicate()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="files need a name here")
def test_a_nameless_file_is_read_by_the_database_and_in_no_folder(tmp_path: Path) -> None:
    with nameless_file(tmp_path) as (file, path):
        file.write(b'{"id":"a"}\n' * 1000)
        file.flush()

        count = duckdb.sql(f"select count(*) from read_json('{path}')").fetchall()

        assert count == [(1000,)]
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="files need a name here")
def test_inputs_of_a_packed_file_are_in_no_file_while_it_is_read(tmp_path: Path) -> None:
    from dataclasses import replace

    from costing.ingest.ingestion import ingest_source

    secret = "a private cat"
    record = {**life(1, 10, "succeeded")[2], "input": {"prompt": secret}, "output": secret}
    path = tmp_path / "records.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(record).encode() + b"\n"))
    home = tmp_path / "home"
    seen: list[bytes] = []

    def look(_: object) -> None:
        seen.extend(one.read_bytes() for one in home.rglob("*") if one.is_file())

    ingest_source(path, replace(options(home), progress=look))

    assert seen
    assert not any(secret.encode() in content for content in seen)
