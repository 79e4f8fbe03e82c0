"""The collector answers as a real Reflexio server did when `recorded.json` was made (reflexio-ai 0.2.32)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.exchanges import EXCHANGES, hold
from tests.support.collector import ADMIN_KEY, Collector

Json = dict[str, Any]
RECORDED: dict[str, Json] = json.loads((Path(__file__).parent / "recorded.json").read_text("utf-8"))

OURS = {
    "storage_type", "storage_label", "org_id", "server_version",  # whose they are
    "learning_status", "learning_reason",  # nothing is learned here: done means stored
    "interaction_id",
}  # fmt: skip
"""Fields whose values differ by nature; that they are there is compared."""

DIFFERENT: dict[tuple[str, str], object] = {
    ("delete all", "deleted_count"): 0,  # ours counts; here everything is gone already. The server always says 0
    ("clear a user", "deleted_counts"): {"interactions": 1, "requests": 1},  # there are no profiles and playbooks here
    ("everyone", "interactions"): ["other", "t0", "t1", "t2", "t3", "", "clicked", "scrolled", "Hello", "Hi"],
    ("everyone, some", "interactions"): ["other", "t0"],  # ties as in get_interactions; the server turns them round
}
"""By exchange and field: what ours says instead."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    with Collector(tmp_path_factory.mktemp("recorded") / "data") as running:
        return hold(running.url, ADMIN_KEY, waiting=True)


@pytest.mark.parametrize("name", list(RECORDED))
def test_answers_are_those_of_the_server(told: dict[str, Json], name: str) -> None:
    ours, theirs = told[name], RECORDED[name]
    assert theirs["status"] == ours["status"], ours["body"]
    body, expected = dict(ours["body"]), dict(theirs["body"])
    for (exchange, field), value in DIFFERENT.items():
        if exchange == name:
            assert value == _told(body.pop(field))
            expected.pop(field)
    assert _plain(expected) == _plain(body)


def _told(value: Any) -> Any:
    """Of interactions, what they say; anything else as it is."""
    return [row["content"] or row["user_action_description"] for row in value] if isinstance(value, list) else value


def test_every_exchange_was_recorded() -> None:
    assert {name for name, *_ in EXCHANGES} <= set(RECORDED)


def _plain(value: Any) -> Any:
    """Without what differs by nature: ids, the time of now, what pydantic's versions word differently."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if {"type", "loc", "msg"} <= value.keys():
        words = value["msg"] if value["type"] in ("value_error", "json_invalid") else ""
        return {"type": value["type"], "loc": value["loc"], "msg": words, "ctx": "ctx" in value}
    plain = {name: "…" if name in OURS else _plain(one) for name, one in value.items()}
    if "evaluation_only" in plain:
        plain["created_at"] = "…"  # a request's: when it came
    return plain
