"""The quarantine while others work in it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from collector.spool import Quarantine


def test_entries_that_are_dropped_while_they_are_listed_are_left_out(tmp_path: Path) -> None:
    """A deletion that looked meanwhile answered that the database was away."""
    quarantine, left = Quarantine(tmp_path), threading.Event()
    for number in range(60):
        quarantine.put(f"{number:012d}-00000000abcd", "poison", b"row\n")

    def look() -> int:
        looks = 0
        while not left.is_set():
            assert {4} >= {one.size for one in quarantine.entries()}
            looks += 1
        return looks

    with ThreadPoolExecutor(2) as threads:
        looking = [threads.submit(look) for _ in range(2)]
        for entry in list(quarantine.entries()):
            quarantine.drop(entry.name)
        left.set()
        assert all(one.result() for one in looking)
    assert [] == list(quarantine.entries())
