"""The journal of the forwarder: what an erasure leaves of notes and requests."""

from collections.abc import Iterator
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


def request(journal: Journal, *events: str) -> Request:
    """Let a request hold these notes, alone; it is due."""
    waiting = journal.waiting(LATER)
    assert waiting
    journal.plan(waiting, [Draft("ann", "s", "", "", items=[{}], said=list(events))])
    due = journal.due(LATER)
    assert due
    return due


def test_a_request_that_was_forgotten_before_its_attempt_is_not_to_be_sent(journal: Journal) -> None:
    note(journal, "one")
    due = request(journal, "one")
    journal.forget_user("shop", "ann")
    assert not journal.attempt(due)
    assert journal.erasure() is None


def test_a_request_that_is_forgotten_after_its_attempt_began_is_erased_there(journal: Journal) -> None:
    note(journal, "one")
    due = request(journal, "one")
    assert journal.attempt(due)
    journal.forget_user("shop", "ann")
    erasure = journal.erasure()
    assert erasure
    assert {"request_id": due.request_id} == erasure[2]
