"""`POST /v1/batch` answers as the protocol says, status by status."""

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.support.collector import ORIGIN, WRITE_KEY, Collector, batch, event, now_ms, uuid7

DAY_MS = 24 * 3600 * 1000


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["reason"]


def test_sound_batch_is_accepted(collector: Collector) -> None:
    before = now_ms()
    answer = collector.send(batch(event(), event("scroll", depth=75)))
    assert (202, 2, [], False) == (
        answer.status_code,
        *[answer.json()[k] for k in ("accepted", "rejected", "duplicate")],
    )
    assert before <= answer.json()["server_time"] <= now_ms()
    assert "application/json" == answer.headers["content-type"]


def test_one_bad_event_is_refused_alone_and_named(collector: Collector) -> None:
    bad = event("clack")
    answer = collector.send(batch(event(), bad, event("custom"), event("custom", name="click"), event()))
    body = answer.json()
    assert (202, 2) == (answer.status_code, body["accepted"])
    assert [
        (1, "unknown_event_type", "type"),
        (2, "invalid_event", "name"),
        (3, "reserved_name", "name"),
    ] == [(r["index"], r["reason"], r["field"]) for r in body["rejected"]]
    assert bad["event_id"] == body["rejected"][0]["event_id"]


def test_all_events_refused_is_still_202(collector: Collector) -> None:
    answer = collector.send(batch(event("clack")))
    assert (202, 0, 1) == (answer.status_code, answer.json()["accepted"], len(answer.json()["rejected"]))


@pytest.mark.parametrize("offset", [2 * DAY_MS, -401 * DAY_MS])
def test_events_out_of_range_are_refused(collector: Collector, offset: int) -> None:
    answer = collector.send(batch(event(at=now_ms() + offset), event()))
    assert (1, "timestamp_out_of_range") == (answer.json()["accepted"], answer.json()["rejected"][0]["reason"])


@pytest.mark.parametrize("key", ["", "unknown", WRITE_KEY + "x"])
def test_unknown_write_key_is_401(collector: Collector, key: str) -> None:
    assert (401, "unknown_write_key") == refused(collector.send(batch(), key=key))


def test_missing_write_key_is_401(collector: Collector) -> None:
    assert (401, "unknown_write_key") == refused(collector.http.post("/v1/batch", json=batch()))


@pytest.mark.parametrize("origin", ["null", "https://evil.test", ORIGIN + ".evil.test", "https://shop.test"])
def test_origin_that_is_not_listed_is_403(collector: Collector, origin: str) -> None:
    assert (403, "origin_not_allowed") == refused(collector.send(batch(), headers={"origin": origin}))


def test_server_side_sender_without_origin_is_accepted(collector: Collector) -> None:
    assert 202 == collector.http.post(f"/v1/batch?k={WRITE_KEY}", json=batch()).status_code


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b'{"v":1,}', b"\xff\xfe"])
def test_malformed_json_is_400(collector: Collector, body: bytes) -> None:
    assert (400, "malformed_json") == refused(collector.send(body))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"v": 2}, "v"),
        ({"batch_id": "x"}, "batch_id"),
        ({"session_id": None}, "session_id"),
        ({"sent_at": "yesterday"}, "sent_at"),
        ({"events": []}, "events"),
        ({"context": {"viewport": [1]}}, "context.viewport.1"),
    ],
)
def test_unusable_envelope_is_422_and_names_the_field(collector: Collector, change: dict[str, Any], field: str) -> None:
    answer = collector.send({**batch(), **change})
    assert (422, "invalid_batch") == refused(answer)
    assert field == answer.json()["field"]


def test_more_than_500_events_is_413(collector: Collector) -> None:
    events = [{"event_id": uuid7(), "at": now_ms(), "type": "click"} for _ in range(501)]
    assert (413, "too_many_events") == refused(collector.send(batch(*events)))
    assert 202 == collector.send(batch(*events[:500])).status_code


def test_body_over_a_mebibyte_is_413_with_and_without_a_length(collector: Collector) -> None:
    large = json.dumps(batch(event("feedback", text="x" * (1 << 20)))).encode()
    assert (413, "body_too_large") == refused(collector.send(large))
    chunks = (large[start : start + 65536] for start in range(0, len(large), 65536))
    answer = collector.http.post(f"/v1/batch?k={WRITE_KEY}", content=chunks)
    assert (413, "body_too_large") == refused(answer)


def test_gzip_by_header_and_by_query(collector: Collector) -> None:
    body = gzip.compress(json.dumps(batch()).encode())
    assert 202 == collector.send(body, headers={"content-encoding": "gzip"}).status_code
    body = gzip.compress(json.dumps(batch()).encode())
    assert 202 == collector.http.post(f"/v1/batch?k={WRITE_KEY}&z=gzip", content=body).status_code


def test_gzip_bomb_is_413_and_other_encodings_are_415(collector: Collector) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    assert (413, "body_too_large") == refused(collector.send(bomb, headers={"content-encoding": "gzip"}))
    assert (415, "unsupported_encoding") == refused(collector.send(b"x", headers={"content-encoding": "br"}))
    assert (415, "unsupported_encoding") == refused(collector.send(b"no gzip", headers={"content-encoding": "gzip"}))


def test_text_plain_answer_is_readable_by_the_page(collector: Collector) -> None:
    answer = collector.send(batch())
    assert (ORIGIN, "Origin") == (answer.headers["access-control-allow-origin"], answer.headers["vary"])
    assert "access-control-allow-origin" not in collector.send(batch(), headers={"origin": "https://evil.test"}).headers


def test_preflight_for_json_is_answered(collector: Collector) -> None:
    ask = {"origin": ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    answer = collector.http.options(f"/v1/batch?k={WRITE_KEY}", headers=ask)
    assert (200, ORIGIN) == (answer.status_code, answer.headers["access-control-allow-origin"])
    assert "POST" in answer.headers["access-control-allow-methods"]
    refused_answer = collector.http.options(f"/v1/batch?k={WRITE_KEY}", headers={**ask, "origin": "https://evil.test"})
    assert "access-control-allow-origin" not in refused_answer.headers


def test_resend_gets_the_first_answer_again(collector: Collector) -> None:
    sent = batch(event(), event("clack"))
    first = collector.send(sent).json()
    again = collector.send({**sent, "sent_at": now_ms() + 1}).json()
    assert (False, True) == (first["duplicate"], again["duplicate"])
    assert (first["accepted"], first["rejected"]) == (again["accepted"], again["rejected"])


def test_unknown_fields_are_ignored_and_counted(collector: Collector) -> None:
    def unknown() -> float:
        lines = collector.http.get("/metrics").text.splitlines()
        found = [line for line in lines if line.startswith('collector_unknown_fields_total{site="shop"}')]
        return float(found[0].split()[-1]) if found else 0.0

    before = unknown()
    answer = collector.send(batch(event(target={"tag": "a", "colour": "red"}, zoom=2, props={"any": 1}), extra=True))
    assert 1 == answer.json()["accepted"]
    assert 3 == unknown() - before
