"""Interaction: the one shape that is stored.

A click, a scroll, a chat turn, an expert correction are all interactions; only their
filled fields differ. Here stand the event names, the action each becomes in Reflexio's
vocabulary, and what counts as conversational; its fields stand in `recordbatch.py`.
"""

from collections.abc import Mapping
from enum import StrEnum


class Action(StrEnum):
    """Reflexio's `user_action`."""

    CLICK = "click"
    SCROLL = "scroll"
    TYPE = "type"
    NONE = "none"


ACTION_OF: dict[str, Action] = {
    "page_view": Action.NONE,
    "navigate": Action.NONE,
    "restore": Action.NONE,
    "click": Action.CLICK,
    "rage_click": Action.CLICK,
    "dead_click": Action.CLICK,
    "outbound": Action.CLICK,
    "download": Action.CLICK,
    "scroll": Action.SCROLL,
    "type": Action.TYPE,
    "form_start": Action.NONE,
    "form_submit": Action.CLICK,
    "form_abandon": Action.NONE,
    "copy": Action.NONE,
    "image_view": Action.NONE,
    "search": Action.NONE,
    "add_to_cart": Action.CLICK,
    "purchase": Action.CLICK,
    "error": Action.NONE,
    "web_vital": Action.NONE,
    "feedback": Action.NONE,
    "message": Action.NONE,
    "custom": Action.NONE,
}
"""The action of each event type; the only place where the two vocabularies meet."""

RESERVED_NAMES = frozenset(ACTION_OF)
"""Names a custom event may not take."""


def is_conversational(row: Mapping[str, object]) -> bool:
    """Whether a row is something said, so that it goes to the semantic index: it has `content` or
    `expert_content`. (A screenshot counts when it comes with a comment, which is content.)"""
    return bool(row.get("content") or row.get("expert_content"))
