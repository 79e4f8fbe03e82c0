"""SIGKILL around deletions: what was answered as deleted never comes back, whatever else was under way."""

from contextlib import closing
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.faults.ledger import note
from tests.integration.test_publish import call, of_user, publish
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, uuid7


@pytest.mark.parametrize(
    ("workers", "rounds"),
    [("1", 1), pytest.param("1", 4, marks=pytest.mark.long), pytest.param("2", 4, marks=pytest.mark.long)],
)
def test_deleted_people_stay_gone_through_kills(tmp_path: Path, workers: str, rounds: int) -> None:
    """Killed in the middle of deletions, with segments under way: those answered are gone, the others are whole
    or gone, and what was not deleted is all there."""
    collector = Collector(tmp_path / "data", workers=workers, segment_max_age_ms="150")
    kept, deleted, asked = [], [], []
    with closing(collector.http):
        for _ in range(rounds):
            collector.start()
            people = [uuid7() for _ in range(4)]
            for person in people:
                collector.send(batch(event("feedback", text="lamp"), event(), user_id=person))
                publish(collector, {"content": "lamp"}, user_id=person, wait=False)
            kept += people[:1]
            asked += people[1:]
            threads = [Thread(target=_clear, args=(collector.url, person, deleted)) for person in people[1:]]
            for thread in threads:
                thread.start()
            goal = len(kept)  # one more answered in each round
            eventually(lambda goal=goal: len(deleted) >= goal)  # type: ignore[misc]
            collector.kill()
            for thread in threads:
                thread.join()
        collector.start()
        for person in kept:
            assert 3 == len(eventually(lambda who=person: of_user(collector, who), lambda rows: len(rows) >= 3))  # type: ignore[misc]
        assert deleted
        total = collector.get("/v1/summary").json()["current"]["interactions"]
        stored = len(collector.rows())
        assert stored == total
        for person in deleted:
            assert [] == of_user(collector, person)
            assert [] == collector.rows(user_id=person)
        for person in set(asked) - set(deleted):  # not answered: sent again, as a caller would
            call(collector, "/api/clear_user_data", {"user_id": person})
            assert [] == of_user(collector, person)
        kept_events = [len(collector.rows(user_id=person)) for person in kept]
        assert {3} == set(kept_events)
        note(
            f"kill -9 while people are deleted, {workers} worker(s)",
            rounds,
            acknowledged=3 * len(kept),
            once=sum(kept_events),
        )
        assert 0 == collector.stop()


def _clear(url: str, person: str, deleted: list[str]) -> None:
    try:
        answer = httpx.post(
            f"{url}/api/clear_user_data", json={"user_id": person}, timeout=30,
            headers={"authorization": f"Bearer {ADMIN_KEY}"},
        )  # fmt: skip
    except httpx.TransportError:
        return  # killed before it answered
    assert 200 == answer.status_code, answer.text
    deleted.append(person)
