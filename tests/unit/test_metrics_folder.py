"""Where several processes count: in memory, since a process that maps a file of a full disk is killed."""

from pathlib import Path

import pytest

from collector import workers

MEMORY = Path("/dev/shm")


@pytest.mark.skipif(not MEMORY.is_dir(), reason="this system has no folder in memory")
def test_what_processes_count_is_not_on_the_disk_of_the_data(tmp_path: Path) -> None:
    """Nor is anything left of a start that was killed, or of a version that had it there."""
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").touch()
    killed = workers._metrics_folder(tmp_path)
    (killed.__enter__() / "counter_2.db").touch()
    with workers._metrics_folder(tmp_path) as folder:
        assert MEMORY == folder.parent and 0o700 == folder.stat().st_mode & 0o777
        assert folder == (tmp_path / "metrics").resolve()
        assert [] == list(folder.iterdir())
    assert not folder.exists()


def test_without_memory_for_it_they_count_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_MEMORY", tmp_path / "none")
    with workers._metrics_folder(tmp_path) as folder:
        assert tmp_path / "metrics" == folder and folder.is_dir()
