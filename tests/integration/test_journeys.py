"""Sessions, funnels and who is here, on both engines: what the reference's traffic does not have."""

import json
from typing import Any
from urllib.parse import quote

from tests.analytics.reference import Row
from tests.support.collector import ADMIN_KEY, Collector, batch, event, eventually, now_ms, uuid7


def test_a_copy_of_an_event_is_no_second_interaction_of_its_session(collector: Collector) -> None:
    session, copied = uuid7(), event("page_view", at=now_ms() - 5000)
    for events in ([copied], [copied, event("click")]):
        collector.send(batch(*events, session_id=session))
        eventually(lambda: collector.get(f"/v1/sessions/{session}").status_code, lambda status: status == 200)
    about = eventually(
        lambda: collector.get(f"/v1/sessions/{session}").json()["session"], lambda about: about["interactions"] > 1
    )
    assert (2, 1) == (about["interactions"], about["pages"])


def test_one_interaction_is_one_step_and_several_in_a_millisecond_are_in_order(collector: Collector) -> None:
    """What fits an earlier step comes first; copies of an event are one."""
    source, at = uuid7(), now_ms() - 60_000
    pair = [event("add_to_cart", at=at), event("click", at=at), event("click", at=at + 1500)]
    for _ in range(2):
        collector.send(batch(*pair, source=source))
    only = {"field": "source", "is": source}
    click, cart = {"field": "event_name", "is": "click"}, {"field": "event_name", "is": "add_to_cart"}

    def reached(*steps: Row, window: int = 60) -> list[int]:
        query = {"steps": json.dumps(steps), "window": window, "filter": json.dumps(only)}
        return [step["count"] for step in collector.get("/v1/funnel", **query).json()["steps"]]

    eventually(lambda: reached(click, cart), lambda counts: counts == [1, 1])
    assert [1, 1] == reached(cart, click)
    assert [1, 1, 0] == reached(click, click, click)
    assert [1, 1, 1] == reached(click, cart, click)
    assert [1, 1, 0] == reached(click, cart, click, window=1)
    assert [1, 0] == reached({"field": "event_name", "is": "add_to_cart"}, {"field": "event_name", "is": "add_to_cart"})


def test_the_latest_start_counts_also_of_two_in_a_millisecond(collector: Collector) -> None:
    source, at = uuid7(), now_ms() - 60_000
    moments = [("click", 0), ("click", 0), ("scroll", 1000), ("purchase", 3000)]
    collector.send(batch(*[event(kind, at=at + later) for kind, later in moments], source=source))
    steps = [{"field": "event_name", "is": names} for names in ("click", ["click", "scroll"], "purchase")]
    query = {"steps": json.dumps(steps), "filter": json.dumps({"field": "source", "is": source})}
    found = eventually(lambda: collector.get("/v1/funnel", **query).json()["steps"], lambda steps: steps[2]["count"])
    assert [None, 1.0, 2.0] == [step["median_seconds_from_previous"] for step in found]


def test_who_is_here_now(collector: Collector) -> None:
    before = collector.get("/v1/now").json()
    assert 30 == len(before["per_minute"])
    visitor, at = uuid7(), now_ms()
    collector.send(
        batch(event("page_view", at=at - 2000, url="https://shop.test/a"), event("page_view", at=at - 1000,
              url="https://shop.test/b"), event("click", at=at - 400_000), visitor_id=visitor, session_id=uuid7()),
    )  # fmt: skip

    def total(now: Any) -> int:
        return sum(minute["interactions"] for minute in now["per_minute"])

    here = eventually(lambda: collector.get("/v1/now").json(), lambda now: total(now) == total(before) + 3)
    assert 1 == here["visitors"] - before["visitors"]
    assert 1 == here["sessions"] - before["sessions"]
    assert {"path": "/b", "visitors": 1} in here["pages"]
    assert [{"country": "", "visitors": here["visitors"]}] == here["countries"]
    assert 422 == collector.get("/v1/now", bots="some").status_code
    mine = json.dumps({"and": [{"field": "visitor_id", "is": visitor}, {"field": "event_name", "is": "page_view"}]})
    alone = collector.get("/v1/now", filter=mine).json()
    assert (1, 1, 2) == (alone["visitors"], alone["sessions"], total(alone))
    nobody = json.dumps({"who": "visitor", "did": {"field": "visitor_id", "is": visitor}, "not": True})
    assert {"path": "/b", "visitors": 1} not in collector.get("/v1/now", segment=nobody, filter=mine).json()["pages"]


def test_session_in_which_someone_says_who_they_are_is_here_once(collector: Collector) -> None:
    session, visitor, user = uuid7(), uuid7(), uuid7()
    before = collector.get("/v1/now").json()["sessions"]
    for who in ({}, {"user_id": user}):
        collector.send(batch(event("page_view"), visitor_id=visitor, session_id=session, **who))
    collector.rows_when(2, session_id=session)
    assert before + 1 == collector.get("/v1/now").json()["sessions"]


def test_session_whose_id_holds_slashes_can_be_opened(collector: Collector) -> None:
    name = f"chat/{uuid7()}/1 ?"
    item = {"user_id": uuid7(), "session_id": name, "interaction_data_list": [{"role": "User", "content": "hello"}]}
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    assert collector.http.post("/api/publish_interaction", json=item, headers=headers).json()["success"]
    collector.rows_when(1, session_id=name)
    answer = collector.get(f"/v1/sessions/{quote(name, safe='')}")
    assert (200, name) == (answer.status_code, answer.json()["session"]["session_id"])


def test_feedback_by_meaning_obeys_filters_and_tells_what_came_before(collector: Collector) -> None:
    at = now_ms()
    shirts = [uuid7(), uuid7()]
    texts = ("The sleeves of this shirt are far too long", "This shirt shrank when I washed it")
    for session, text, path in zip(shirts, texts, ("/a", "/b"), strict=True):
        url = f"https://shop.test/shirts{path}"
        sent = batch(
            event("click", at=at - 1000, url=url, target={"label": "Size guide", "selector": "main > a"}),
            event("feedback", at=at, url=url, text=text),
            session_id=session,
        )
        assert 202 == collector.send(sent).status_code
    ask = {"q": "does the garment fit", "mode": "meaning", "from": at - 5000, "to": at + 5000}

    def found(**more: Any) -> list[Any]:
        filter = json.dumps({"field": "session_id", "is": shirts})
        return collector.get("/v1/feedback", **{"filter": filter, **ask, **more}).json()["items"]

    items = eventually(found, lambda items: len(items) == 2)
    assert texts == tuple(item["content"] for item in items)  # the one about its size is closer, whatever the time
    assert ["clicked 'Size guide'"] == [step["user_action_description"] for step in items[0]["before"]]
    assert [texts[1]] == [item["content"] for item in found(filter=json.dumps({"field": "path", "is": "/shirts/b"}))]
    assert [] == found(bots="only")
    assert 1 == len(found(limit=1))
    assert 422 == collector.get("/v1/feedback", **ask, cursor="MTc5NTM0ODgwMTkwMC4z").status_code
