"""The plan of the forwarder: which rows go into which request."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from collector.delivery.forwarder.items import IMAGE, context, said, source_of
from collector.delivery.forwarder.plan import MOST_BYTES, MOST_ITEMS, Draft, plan
from collector.sites import Forward

RULES = Forward()


def row(number: int, *, content: str = "", at: int = 1_800_000_000, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"event-{number}", "event_name": "feedback" if content else "click",
        "user_action": "none" if content else "click", "user_action_description": f"did {number}",
        "interacted_image_url": "", "content": content, "shadow_content": "", "expert_content": "", "tools_used": "",
        "role": "", "created_s": at + number, "user_id": "ann", "visitor_id": "v", "session_id": "s", "source": "shop",
        "agent_version": "", "came_ms": (at + number) * 1000, "publish": "", **fields,
    }  # fmt: skip


def events(draft: Draft) -> list[str]:
    return [item.get("content") or item["user_action_description"] for item in draft.items]


def test_what_was_said_goes_with_what_led_to_it_in_order() -> None:
    rows = [row(1), row(2), row(3, content="too dark"), row(4), row(5, content="and slow")]
    (draft,) = plan(rows, {"event-3", "event-5"}, set(), RULES)
    assert ["did 1", "did 2", "too dark", "did 4", "and slow"] == events(draft)
    assert ["event-3", "event-5"] == draft.said
    assert ["event-1", "event-2", "event-4"] == draft.context


def test_an_action_that_went_before_does_not_go_again() -> None:
    rows = [row(1), row(2), row(3, content="hello")]
    (draft,) = plan(rows, {"event-3"}, {"event-1"}, RULES)
    assert ["did 2", "hello"] == events(draft)


def test_actions_before_something_that_was_forwarded_are_not_moved_to_the_next() -> None:
    rows = [row(1), row(2, content="sent before"), row(3), row(4, content="new")]
    (draft,) = plan(rows, {"event-4"}, set(), RULES)
    assert ["did 3", "new"] == events(draft)


def test_actions_before_something_that_is_not_forwarded_go_with_the_next_that_is() -> None:
    rows = [row(1), row(2, content="between us", event_name="message"), row(3, content="too dark")]
    (draft,) = plan(rows, {"event-3"}, set(), Forward(kinds=("feedback",)))
    assert ["did 1", "too dark"] == events(draft)


def test_context_is_bounded_in_number_and_age() -> None:
    rows = [row(n) for n in range(10)] + [row(600, content="late")]
    (old,) = plan(rows, {"event-600"}, set(), Forward(context_minutes=1))
    assert ["late"] == events(old)
    (few,) = plan(rows, {"event-600"}, set(), Forward(context_items=2))
    assert ["did 8", "did 9", "late"] == events(few)
    (none,) = plan(rows, {"event-600"}, set(), Forward(context_items=0))
    assert ["late"] == events(none)


def test_another_user_source_or_agent_begins_another_request() -> None:
    rows = [
        row(1, content="as visitor", user_id=""),
        row(2, content="as ann"),
        row(3, content="elsewhere", source="app"),
    ]
    drafts = plan(rows, {"event-1", "event-2", "event-3"}, set(), RULES)
    assert [("v", "shop"), ("ann", "shop"), ("ann", "app")] == [(one.user_id, one.source) for one in drafts]


def test_what_was_set_for_a_whole_publish_goes_along_and_is_not_mixed_with_other_publishes() -> None:
    experiment = (
        '{"place":0,"retrieval_experiment_id":"e","retrieval_experiment_arm":"holdout","session_finished":true}'
    )
    rows = [
        row(1, content="plain", publish='"a page\'s own"'),
        row(2, content="test", publish='{"place":0,"evaluation_only":true,"skip_aggregation":true}'),
        row(3, content="test too", publish='{"place":1,"evaluation_only":true,"skip_aggregation":true}'),
        row(4, content="now", publish='{"place":0,"force_extraction":true}'),
        row(5, content="arm", publish=experiment),
    ]
    drafts = plan(rows, {one["event_id"] for one in rows}, set(), RULES)
    assert [["plain"], ["test", "test too"], ["now"], ["arm"]] == [events(one) for one in drafts]
    usual = drafts[0].body.keys()
    assert [
        {},
        {"evaluation_only": True, "skip_aggregation": True},
        {"force_extraction": True},
        {"retrieval_experiment_id": "e", "retrieval_experiment_arm": "holdout"},
    ] == [{name: value for name, value in one.body.items() if name not in usual} for one in drafts]


def test_without_any_id_the_user_is_the_session() -> None:
    (draft,) = plan([row(1, content="hi", user_id="", visitor_id="")], {"event-1"}, set(), RULES)
    assert "anon:s" == draft.user_id


@given(st.lists(st.sampled_from(["act", "say", "said before", "unwanted action"]), max_size=200), st.integers(0, 49))
def test_everything_said_goes_once_and_no_action_twice(kinds: list[str], context_items: int) -> None:
    rows = [row(n, content="x" if "sa" in kind else "") for n, kind in enumerate(kinds)]
    wanted = {one["event_id"] for one, kind in zip(rows, kinds, strict=True) if kind == "say"}
    used = {one["event_id"] for one, kind in zip(rows, kinds, strict=True) if kind == "unwanted action"}
    drafts = plan(rows, wanted, used, Forward(context_items=context_items))
    assert sorted(wanted) == sorted(one for draft in drafts for one in draft.said)
    sent = [one for draft in drafts for one in draft.context]
    assert len(sent) == len(set(sent))
    assert not set(sent) & used
    for draft in drafts:
        assert 0 < len(draft.items) <= MOST_ITEMS
        times = [item["created_at"] for item in draft.items]
        assert times == sorted(times)


def test_large_texts_are_split_over_requests() -> None:
    rows = [row(n, content="x" * 1_000_000) for n in range(20)]
    drafts = plan(rows, {one["event_id"] for one in rows}, set(), RULES)
    assert all(len(orjson.dumps(draft.body)) <= MOST_BYTES + 10_000 for draft in drafts)
    assert 20 == sum(len(draft.said) for draft in drafts)


def test_an_action_of_none_carries_its_description_as_content_since_the_server_skips_it_otherwise() -> None:
    item = context(row(1, user_action="none", event_name="page_view"), RULES)
    assert {"created_at": 1_800_000_001, "user_action": "none", "role": "Event", "content": "did 1"} == item


def test_an_expert_text_alone_is_no_empty_item() -> None:
    item = said(row(1, content="", expert_content="say this", user_action="none"), RULES)
    assert ("did 1", "say this") == (item["content"], item["expert_content"])


def test_images_public_ones_by_address_ours_by_id_and_others_not_at_all() -> None:
    shot = "a" * 64
    assert (
        "https://shop.example/a.webp"
        == context(row(1, interacted_image_url="https://shop.example/a.webp"), RULES)["interacted_image_url"]
    )
    assert shot == said(row(1, content="x", interacted_image_url=f"/images/{shot}"), RULES)[IMAGE]
    for hidden in ("http://127.0.0.1/a.png", "http://169.254.169.254/x", "http://localhost/x", "file:///etc/passwd", "data:x",
                   "http://metadata.google.internal/x", "http://metadata.google.internal./x", "http://0251.0376.0251.0376/x",
                   "http://127.1/x", "http://[::ffff:10.0.0.1]/x", "https://[", "https://shop.example/" + "a" * 3000):  # fmt: skip
        item = context(row(1, interacted_image_url=hidden), RULES)
        assert not {IMAGE, "interacted_image_url"} & item.keys(), hidden


def test_fields_a_site_redacts_stay_here() -> None:
    rules = Forward(redact=frozenset({"screenshot", "expert_content", "email_addresses", "long_numbers"}))
    item = said(
        row(
            1,
            content="ann@example.com, call +49 170 1234567",
            expert_content="e",
            interacted_image_url="/images/" + "b" * 64,
        ),
        rules,
    )
    assert "[e-mail], call [number]" == item["content"]
    assert not {"expert_content", IMAGE} & item.keys()


def test_masks_reach_into_tools_and_the_queries_of_pictures() -> None:
    rules = Forward(redact=frozenset({"email_addresses", "long_numbers"}))
    data = {"to": ["ann@example.com"], "ann@example.com": 1, "phone": 491701234567, "n": 12, "ok": True, "none": None}
    tools = [{"tool_name": "mail", "tool_data": data, "status": "sent to 49 170 1234567"}]
    picture = "https://shop.example/a.webp?for=ann%40example.com"
    item = said(row(1, content="x", tools_used=orjson.dumps(tools).decode(), interacted_image_url=picture), rules)
    masked = {"to": ["[e-mail]"], "[e-mail]": 1, "phone": "[number]", "n": 12, "ok": True, "none": None}
    assert [{"tool_name": "mail", "tool_data": masked, "status": "sent to [number]"}] == item["tools_used"]
    assert "https://shop.example/a.webp" == item["interacted_image_url"]
    plain = said(row(1, content="x", interacted_image_url="https://shop.example/a.webp?w=300"), rules)
    assert "https://shop.example/a.webp?w=300" == plain["interacted_image_url"]


def test_a_source_the_server_would_refuse_is_left_out() -> None:
    assert ["shop", "web.app-1", "", ""] == [source_of(text) for text in ("Shop", "web.app-1", "my shop", "-x")]
