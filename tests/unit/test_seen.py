"""The memory of batches: a batch counts as seen only when it is durable, and then for every worker."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from collector.intake import seen_file
from collector.intake.seen import Known, Seen, identity, request_identity
from collector.intake.seen_file import MOST_CLAIMS, keep_short, prune, sync
from tests.unit.making import uuid

ONE, TWO, THREE = (identity("shop", uuid(number)) for number in (1, 2, 3))


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    with closing(Seen(tmp_path / "seen.db", 0)) as memory:
        yield memory


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Seen]:
    """The second worker on the same folder."""
    with closing(Seen(tmp_path / "seen.db", 1)) as memory:
        yield memory


def test_new_batches_are_unknown_and_confirmed_ones_known_with_their_receipt(seen: Seen) -> None:
    assert [None, None] == seen.claim([(ONE, b"r1"), (TWO, b"r2")])
    seen.confirm()
    assert [Known(b"r2", True), None, Known(b"r1", True)] == seen.claim([(TWO, b"x"), (THREE, b"r3"), (ONE, b"x")])


def test_a_claim_is_not_durable_before_it_is_confirmed(seen: Seen) -> None:
    seen.claim([(ONE, b"r")])
    assert Known(b"r", False) == seen.find(ONE)
    seen.confirm()
    assert Known(b"r", True) == seen.find(ONE)


def test_of_two_equal_batches_in_one_group_the_second_is_known_and_not_durable(seen: Seen) -> None:
    assert [None, Known(b"first", False)] == seen.claim([(ONE, b"first"), (ONE, b"second")])
    seen.confirm()
    assert Known(b"first", True) == seen.find(ONE)


def test_a_released_batch_is_new_again(seen: Seen) -> None:
    seen.claim([(ONE, b"r"), (TWO, b"r")])
    seen.release([ONE])
    assert [None, Known(b"r", False)] == seen.claim([(ONE, b"again"), (TWO, b"again")])


def test_a_later_confirm_does_not_make_a_released_batch_known(seen: Seen) -> None:
    seen.claim([(ONE, b"r")])
    seen.release([ONE])
    seen.claim([(TWO, b"r")])
    seen.confirm()
    assert None is seen.find(ONE)


def test_releasing_leaves_batches_of_earlier_groups_alone(seen: Seen) -> None:
    seen.claim([(ONE, b"r")])
    seen.confirm()
    seen.claim([(ONE, b"again"), (TWO, b"r")])
    seen.release([ONE, TWO])
    assert [Known(b"r", True), None] == [seen.find(ONE), seen.find(TWO)]


def test_workers_share_what_is_durable(seen: Seen, other: Seen) -> None:
    seen.claim([(ONE, b"r")])
    assert [Known(b"r", False)] == other.claim([(ONE, b"mine")])
    seen.confirm()
    assert [Known(b"r", True)] == other.claim([(ONE, b"mine")])


def test_workers_that_make_the_memory_at_once_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    for attempt in range(100):
        path, together = tmp_path / f"{attempt}.db", Barrier(8)

        def open_it(owner: int, path: Path = path, together: Barrier = together) -> Seen:
            together.wait()
            return Seen(path, owner)

        with ThreadPoolExecutor(8) as pool:
            for memory in pool.map(open_it, range(8)):
                memory.close()


def test_a_workers_confirm_says_nothing_of_another_workers_claims(seen: Seen, other: Seen) -> None:
    seen.claim([(ONE, b"r")])
    for number in range(10, 20):
        other.claim([(identity("shop", uuid(number)), b"r")])
        other.confirm()
    assert Known(b"r", False) == seen.find(ONE)


def test_a_worker_does_not_release_what_another_claimed(seen: Seen, other: Seen) -> None:
    seen.claim([(ONE, b"r")])
    other.claim([(ONE, b"mine")])
    other.release([ONE])
    assert Known(b"r", False) == seen.find(ONE)


def test_after_a_kill_spooled_claims_are_kept_and_others_released(tmp_path: Path) -> None:
    """Killed between claim and confirm: only the spool knows which frames were written."""
    with closing(Seen(tmp_path / "seen.db", 0)) as before:
        before.claim([(ONE, b"durable")])
        before.confirm()
        before.claim([(TWO, b"written"), (THREE, b"lost")])
    with closing(Seen(tmp_path / "seen.db", 0)) as after:
        assert (1, 1) == after.recover([(ONE, b"durable"), (TWO, b"written")])
        assert [Known(b"durable", True), Known(b"written", True), None] == [after.find(i) for i in (ONE, TWO, THREE)]
        assert [None] == after.claim([(THREE, b"again")])


def test_after_a_power_cut_what_the_memory_lost_comes_back_from_the_spool(seen: Seen) -> None:
    assert (1, 0) == seen.recover([(ONE, b"r")])
    assert Known(b"r", True) == seen.find(ONE)
    assert (0, 0) == seen.recover([(ONE, b"r")])


def test_recovery_leaves_other_workers_claims_alone(seen: Seen, other: Seen) -> None:
    other.claim([(ONE, b"r")])
    assert (0, 0) == seen.recover([])
    assert Known(b"r", False) == other.find(ONE)


def test_claims_after_a_restart_are_not_durable_by_an_old_watermark(tmp_path: Path) -> None:
    with closing(Seen(tmp_path / "seen.db", 0)) as before:
        before.claim([(ONE, b"r")])
        before.confirm()
    with closing(Seen(tmp_path / "seen.db", 0)) as after:
        after.recover([])
        after.claim([(TWO, b"r")])
        assert Known(b"r", False) == after.find(TWO)


def test_old_batches_are_forgotten_and_recent_ones_kept(seen: Seen) -> None:
    old = [(identity("shop", uuid(number)), b"r") for number in range(10, 5010)]
    for start in range(0, len(old), MOST_CLAIMS):
        seen.claim(old[start : start + MOST_CLAIMS])
    seen.confirm()
    seen._db.execute("UPDATE seen SET at = at - 27 * 3600")
    seen.claim([(ONE, b"r")])
    seen.confirm()
    assert 5000 == prune(seen.path)
    assert [None, Known(b"r", True)] == [seen.find(old[0][0]), seen.find(ONE)]
    assert 0 == prune(seen.path)


def test_a_batch_is_remembered_for_a_day(seen: Seen) -> None:
    seen.claim([(ONE, b"r")])
    seen._db.execute("UPDATE seen SET at = at - 24 * 3600")
    assert 0 == prune(seen.path)


def test_syncing_keeps_everything_for_a_reader_of_the_file(seen: Seen, tmp_path: Path) -> None:
    seen.claim([(ONE, b"r")])
    seen.confirm()
    sync(seen.path)
    assert 0 < (tmp_path / "seen.db").stat().st_size
    with closing(sqlite3.connect(f"file:{tmp_path / 'seen.db'}?mode=ro", uri=True)) as reader:
        assert [(b"r",)] == reader.execute("SELECT receipt FROM seen").fetchall()


def test_a_claim_that_fails_says_why_and_leaves_nothing_behind(seen: Seen) -> None:
    """A full disk: the error must be the disk's, not that of the clean-up after it."""
    pages = seen._db.execute("PRAGMA page_count").fetchone()[0]
    seen._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    many = [(identity("shop", uuid(number)), bytes(1000)) for number in range(100)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        seen.claim(many)
    seen._db.execute("PRAGMA max_page_count = 1000000")
    assert [None] == seen.claim([(ONE, b"r")])
    seen.confirm()
    assert None is seen.find(many[0][0])


def test_sites_do_not_share_batch_ids() -> None:
    assert identity("shop", uuid(1)) != identity("blog", uuid(1))


def test_a_uuid_is_the_same_in_either_case() -> None:
    assert identity("shop", "0193A5C0-0000-7000-8000-00000000000A") == identity(
        "shop", "0193a5c0-0000-7000-8000-00000000000a"
    )


@pytest.mark.parametrize(
    "text", ["", "order-17", "f" * 36, "0" * 32, "0193a5c0 0000 7000 8000 000000000001", "é" * 36, "-" * 36, "x" * 300]
)
def test_any_text_is_an_identity_of_one_length(text: str) -> None:
    """Recovery cuts a frame's meta at that length."""
    assert len(ONE) == len(identity("shop", text))
    assert identity("shop", text) != identity("shop", text + "0")


@pytest.mark.parametrize(
    "text",
    ["0193A5C0-0000-7000-8000-000000000001", "0193a5c0-0000-7000-8000-00000000001 ", "0193a5c00000-7000-8000-0000-00000001",
     "0193a5c0 0000 7000 8000 000000000001", "0193a5c0000070008000000000000001", "order-17", "ORDER-17"],
)  # fmt: skip
def test_a_publish_is_known_by_its_id_to_the_letter(text: str) -> None:
    known = {request_identity("shop", one) for one in (uuid(1), text, text.lower().replace(" ", "-"), text + " ")}
    assert len({uuid(1), text, text.lower().replace(" ", "-"), text + " "}) == len(known)
    assert {len(ONE)} == {len(one) for one in known}


def test_a_publish_that_uses_a_batchs_id_is_known() -> None:
    assert ONE == request_identity("shop", uuid(1))


def test_a_jump_of_the_clock_by_days_makes_nothing_look_old(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    seen.claim([(ONE, b"r")])
    seen.confirm()
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + 7 * 86_400)
    assert 0 == prune(seen.path)
    assert Known(b"r", True) == seen.find(ONE)


def test_what_came_after_the_machine_slept_is_known_as_long_as_else(
    seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock that only runs stood meanwhile; after a restart it is right again."""
    with monkeypatch.context() as slept:
        slept.setattr("collector.intake.seen_file._STARTED", seen_file._STARTED - 30 * 3600)
        seen.claim([(ONE, b"r")])
        seen.confirm()
        assert 0 == prune(seen.path)
    assert 0 == prune(seen.path)
    assert Known(b"r", True) == seen.find(ONE)


def test_a_claim_that_broke_off_half_way_is_new_again(seen: Seen) -> None:
    seen.claim([(ONE, b"r")])
    seen.confirm()
    tell_apart = seen._tell_apart

    def broken(_: list[bytes]) -> list[Known | None]:
        raise sqlite3.OperationalError("database is locked")

    seen._tell_apart = broken  # type: ignore[method-assign]
    with pytest.raises(sqlite3.OperationalError):
        seen.claim([(ONE, b"r"), (TWO, b"r")])
    seen._tell_apart = tell_apart  # type: ignore[method-assign]
    seen.claim([(THREE, b"r")])
    seen.confirm()
    assert [None] == seen.claim([(TWO, b"r")]), "it would be answered as known, and is kept nowhere"


def test_the_log_is_kept_short_where_nothing_is_delivered(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.intake.seen_file.LONG_LOG_BYTES", 100_000)
    log = seen.path.with_name(f"{seen.path.name}-wal")
    for number in range(400):
        seen.claim([(identity("shop", uuid(number)), b"r" * 200)])
        seen.confirm()
        if number % 10 == 0:
            keep_short(seen.path)
    assert log.stat().st_size < 1_000_000


def test_who_claims_never_begins_the_log_anew(seen: Seen) -> None:
    """That syncs the log's header, and the event loop would wait for the disk."""
    log = seen.path.with_name(f"{seen.path.name}-wal")
    for number in range(3):
        sync(seen.path)
        before = log.read_bytes()[:32]
        seen.claim([(identity("shop", uuid(number)), b"r")])
        seen.confirm()
        assert before == log.read_bytes()[:32] != b""


def test_pruning_holds_no_reader_over_the_whole_table(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.intake.seen_file._WALK_ROWS", 7)
    ids = [(identity("shop", uuid(number)), b"r") for number in range(100)]
    seen.claim(ids)
    seen.confirm()
    assert 0 == prune(seen.path)
    assert 100 == prune(seen.path, keep_seconds=-1)
    assert [None] == seen.claim(ids[:1])
