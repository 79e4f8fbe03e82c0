"""Files of an export: whole or not there, and what the disk refuses is told from all else."""

import os
from pathlib import Path

import pytest

from collector.commands.export_files import Unwritable, open_file

LINE = b'{"event_name":"click","created_at":"2026-11-23T08:00:00.000Z"}'
FULL = Path("/dev/full")
KINDS = pytest.mark.parametrize("kind", ["ndjson", "parquet"])


@KINDS
def test_an_error_of_who_brings_the_lines_is_no_error_of_the_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "november"
    with pytest.raises(ConnectionResetError), open_file(file, kind) as writing:
        writing.write([LINE])
        raise ConnectionResetError("the database went away")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@KINDS
def test_a_full_disk_is_told(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "november"
    (tmp_path / "november.part").symlink_to(FULL)
    with pytest.raises(Unwritable, match=r"november: No space left"), open_file(file, kind) as writing:
        writing.write([LINE])
    assert [] == list(tmp_path.iterdir())


@KINDS
def test_a_file_that_cannot_be_made_or_put_in_its_place_is_told(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Unwritable, match="No such file"), open_file(tmp_path / "none" / "november", kind):
        pytest.fail("there is no such folder")
    file = tmp_path / "november"
    with pytest.raises(Unwritable, match="november"), open_file(file, kind) as writing:
        writing.write([LINE])
        file.mkdir()
    assert [file] == list(tmp_path.iterdir())


def test_what_is_no_file_is_refused_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(Unwritable, match="is no file"), open_file(path, "ndjson"):
            pytest.fail("it is a pipe")
    assert pipe.is_fifo() and link.is_symlink()


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    file, link = tmp_path / "november", tmp_path / "link"
    file.write_bytes(b"old")
    link.symlink_to(file)
    with open_file(link, "ndjson") as writing:
        writing.write([LINE])
    assert link.is_symlink() and file.read_bytes() == LINE + b"\n"
