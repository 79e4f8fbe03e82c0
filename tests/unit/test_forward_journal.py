"""The journal of the forwarder: what an erasure leaves of notes and requests."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.delivery.forwarder import Journal
from collector.delivery.forwarder.book import Request
from collector.delivery.forwarder.plan import Draft
from collector.intake.normalize import stamp

AT = 1_800_000_000_000
"""The time of a deletion, Unix ms."""
LATER = 4_000_000_000.0
"""After every moment of these tests, Unix s."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "journal.sqlite", most_waiting=100, keep_days=30)
    yield opened
    opened.close()


def note(journal: Journal, *events: str, received: int = AT - 1, **fields: Any) -> None:
    """Note that Ann said these."""
    shared = {"site": "shop", "session_id": "s", "user_id": "ann", "at_ms": received, "received_at": stamp(received)}
    journal.note([{**shared, "event_id": one, **fields} for one in events])


def request(journal: Journal, *events: str, came: int = AT - 1) -> Request:
    """Let a request hold these notes, alone; it is due."""
    waiting = journal.waiting(LATER)
    assert waiting
    journal.plan(waiting, [Draft("ann", "s", "", "", items=[{}], said=list(events), came_ms=came)])
    due = journal.due(LATER)
    assert due
    return due


def test_a_request_that_was_forgotten_before_its_attempt_is_not_to_be_sent(journal: Journal) -> None:
    note(journal, "one")
    due = request(journal, "one")
    journal.forget_user("shop", "ann", AT)
    assert not journal.attempt(due)
    assert journal.erasure() is None


def test_a_request_that_is_forgotten_after_its_attempt_began_is_erased_there(journal: Journal) -> None:
    note(journal, "one")
    due = request(journal, "one")
    assert journal.attempt(due)
    journal.forget_user("shop", "ann", AT)
    erasure = journal.erasure()
    assert erasure
    assert {"request_id": due.request_id} == erasure.body


@pytest.mark.parametrize("how", ["by user", "by event"])
def test_a_dropped_request_of_which_the_server_may_hold_a_part_is_erased_there(journal: Journal, how: str) -> None:
    note(journal, "one", "other")
    due = request(journal, "one", "other")
    assert journal.attempt(due)
    journal.settle(due, "refused", "skipped one")
    assert journal.drop(due.request_id)
    assert ([], None, 0) == (journal.listed(), journal.find(due.request_id), journal.retry())
    if how == "by user":
        journal.forget_user("shop", "ann", AT)
    else:
        journal.forget_events(["one"])
    erasure = journal.erasure()
    assert erasure and {"request_id": due.request_id} == erasure.body
    assert journal.waiting(LATER) is None, "what was given up stays so"


def test_what_came_after_a_deletion_stays_when_the_deletion_is_repeated(journal: Journal) -> None:
    note(journal, "later", received=AT + 1)
    due = request(journal, "later", came=AT + 1)
    assert journal.attempt(due)
    note(journal, "waits", received=AT + 1, at_ms=AT - 5)
    journal.forget_user("shop", "ann", AT)
    journal.forget_session("shop", "s", AT)
    journal.forget_site("shop", AT)
    assert journal.erasure() is None
    assert journal.find(due.request_id)
    assert 1 == journal.counts()["waiting"]


def test_a_request_that_holds_old_and_new_goes_again_with_the_new_alone(journal: Journal) -> None:
    note(journal, "old")
    note(journal, "new", received=AT + 1)
    due = request(journal, "old", "new")
    assert journal.attempt(due)
    journal.settle(due, "forwarded")
    journal.forget_user("shop", "ann", AT)
    assert journal.erasure()
    waiting = journal.waiting(LATER)
    assert waiting
    assert {"new"} == waiting.event_ids


def test_what_a_page_did_before_a_deletion_and_sent_after_it_is_old(journal: Journal) -> None:
    note(journal, "late", received=AT + 5, visitor_id="v", at_ms=AT - 10, offset_ms=2)
    journal.forget_user("shop", "ann", AT)
    assert 0 == journal.counts()["waiting"]


@pytest.mark.parametrize("how", ["user", "session", "site"])
def test_what_came_by_a_clock_that_was_ahead_is_forgotten_while_that_is_still_to_come(
    journal: Journal, how: str
) -> None:
    hour = 3_600_000
    now = time.time_ns() // 1_000_000
    note(journal, "ahead", received=now + hour)
    due = request(journal, "ahead", came=now + hour)
    assert journal.attempt(due)
    note(journal, "waits", received=now + hour)
    note(journal, "since", received=now - 1)
    of = {"user": ("shop", "ann"), "session": ("shop", "s"), "site": ("shop",)}[how]
    getattr(journal, f"forget_{how}")(*of, now - hour, now + hour)
    erasure = journal.erasure()
    assert erasure and {"request_id": due.request_id} == erasure.body
    waiting = journal.waiting(LATER)
    assert waiting and {"since"} == waiting.event_ids


def test_what_is_published_again_after_its_deletion_is_forwarded_again(journal: Journal) -> None:
    note(journal, "one")
    journal.forget_user("shop", "ann", AT)
    note(journal, "one")
    assert journal.waiting(LATER) is None, "a repeated insert of what was deleted brings nothing back"
    note(journal, "one", received=AT + 1)
    waiting = journal.waiting(LATER)
    assert waiting and {"one"} == waiting.event_ids


def test_a_row_that_a_replica_does_not_have_yet_is_looked_for_again(journal: Journal) -> None:
    note(journal, "late")
    waiting = journal.waiting(LATER)
    assert waiting
    assert 0 == journal.plan(waiting, [], patience_seconds=900)
    assert journal.waiting(time.time()) is None, "others come first"
    assert waiting == journal.waiting(LATER)
    assert 1 == journal.plan(waiting, [])
    assert journal.waiting(LATER) is None


def test_a_row_that_was_found_after_all_is_patiently_looked_for_anew(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(journal, "late", "other")
    true = time.time
    with monkeypatch.context() as before:
        before.setattr(time, "time", lambda: true() - 3600)
        waiting = journal.waiting(LATER)
        assert waiting
        journal.plan(waiting, [], patience_seconds=900)
    request(journal, "late", "other")
    journal.forget_events(["other"])
    waiting = journal.waiting(LATER)
    assert waiting and 0 == journal.plan(waiting, [], patience_seconds=900)


def test_what_writer_and_forwarder_ask_again_and_again_scans_no_table(journal: Journal) -> None:
    """They wait for each other's transactions."""
    asked: list[str] = []
    journal._db.set_trace_callback(asked.append)
    note(journal, "one")
    due = request(journal, "one")
    journal.load()
    journal.ahead(LATER)
    journal.attempt(due)
    journal.settle(due, "forwarded")
    journal.members(due.request_id)
    journal._db.set_trace_callback(None)
    plans = {
        sql: [step for *_, step in journal._db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        for sql in asked
        if sql.startswith(("SELECT", "UPDATE"))
    }
    assert 10 <= len(plans)
    assert {} == {sql: steps for sql, steps in plans.items() if any(step.startswith("SCAN") for step in steps)}


def test_a_journal_of_an_earlier_version_is_opened_and_its_notes_can_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(_EARLIER)
    with closing(Journal(path, most_waiting=100, keep_days=30)) as journal:
        assert 1 == journal.counts()["waiting"]
        journal.forget_user("shop", "ann", AT)
        assert 0 == journal.counts()["waiting"]
        note(journal, "new", received=AT + 1)
        assert request(journal, "new")


_EARLIER = """
CREATE TABLE notes (event_id TEXT PRIMARY KEY, site TEXT NOT NULL, session_id TEXT NOT NULL, user_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL, noted_s REAL NOT NULL, state TEXT NOT NULL, request_id TEXT);
CREATE TABLE requests (number INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, site TEXT NOT NULL,
    session_id TEXT NOT NULL, user_id TEXT NOT NULL, items INTEGER NOT NULL, body BLOB, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, next_s REAL NOT NULL DEFAULT 0,
    created_s REAL NOT NULL, settled_s REAL);
CREATE TABLE erasures (number INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '');
INSERT INTO notes VALUES ('one', 'shop', 's', 'ann', 1700000000000, 1700000000.0, 'waiting', NULL);
"""
