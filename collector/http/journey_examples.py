"""An example of each answer about journeys, for the documentation; a test holds them against the models."""

from typing import Any

_WINDOW = {
    "from": "2026-11-17T00:00:00+01:00",
    "to": "2026-11-19T00:00:00+01:00",
    "timezone": "Europe/Berlin",
    "sampled": None,
}
_SESSION: dict[str, Any] = {
    "session_id": "0193a5c0-0000-7000-8000-00000000005e", "site": "shop", "user_id": "customer_001",
    "visitor_id": "0193a5c0-0000-7000-8000-0000000000f1", "started_at": "2026-11-18T08:07:42.400Z",
    "ended_at": "2026-11-18T08:12:03.100Z", "duration_s": 260.7, "interactions": 41, "pages": 6, "entry_page": "/",
    "exit_page": "/cart", "device": "desktop", "browser": "Chrome", "os": "Windows", "country": "DE",
    "source": "ecommerce", "is_bot": False, "has_feedback": True, "rage_clicks": 0, "errors": 0, "conversions": 1,
}  # fmt: skip
_RECORD = {
    "interaction_id": 5418023940411837, "event_id": "0193a5c0-0000-7000-8000-000000000001", "site": "shop",
    "event_name": "click", "user_action": "click", "created_at": "2026-11-18T08:07:42.400Z",
    "received_at": "2026-11-18T08:07:43.020Z", "at": "2026-11-18T08:07:42.400Z",
    "user_action_description": "clicked link 'Aster 16 Pro' in results", "path": "/categories/laptops",
}  # fmt: skip

EXAMPLES: dict[str, dict[str, Any]] = {
    "/v1/sessions": {**_WINDOW, "sessions": [_SESSION], "next_cursor": "MTc5NTM0ODgwMTkwMC4z"},
    "/v1/sessions/{session_id:path}": {"session": _SESSION, "interactions": [_RECORD], "next_cursor": None},
    "/v1/funnel": {
        **_WINDOW, "who": "session",
        "steps": [
            {"count": 1092, "rate_from_first": 1.0, "rate_from_previous": None, "median_seconds_from_previous": None},
            {"count": 273, "rate_from_first": 0.25, "rate_from_previous": 0.25, "median_seconds_from_previous": 64.2},
        ],
        "breakdown": [{"value": "desktop", "rest": False, "steps": [700, 190]},
                      {"value": "other", "rest": True, "steps": [392, 83]}],
    },
    "/v1/paths": {
        **_WINDOW, "direction": "after",
        "nodes": [{"id": "0:/", "depth": 0, "page": "/", "rest": False, "sessions": 410},
                  {"id": "1:/cart", "depth": 1, "page": "/cart", "rest": False, "sessions": 90},
                  {"id": "1:*", "depth": 1, "page": "", "rest": True, "sessions": 120}],
        "links": [{"source": "0:/", "target": "1:*", "sessions": 120}, {"source": "0:/", "target": "1:/cart", "sessions": 90}],
    },
    "/v1/retention": {
        **_WINDOW, "interval": "day",
        "cohorts": [{"start": "2026-11-17T00:00:00+01:00", "size": 310, "returned": [310, 41]},
                    {"start": "2026-11-18T00:00:00+01:00", "size": 288, "returned": [288]}],
        "new_vs_returning": {"times": ["2026-11-17T00:00:00+01:00", "2026-11-18T00:00:00+01:00"], "new": [310, 288],
                             "returning": [92, 120]},
    },
    "/v1/feedback": {
        **_WINDOW, "next_cursor": None, "degraded": False,
        "items": [{**_RECORD, "event_name": "feedback", "user_action": "none", "content": "Where is the size table?",
                   "before": [{"event_name": "click", "user_action_description": "clicked button 'Sizes'",
                               "path": "/products/aster-16-pro", "created_at": "2026-11-18T08:07:40.100Z"}]}],
    },
    "/v1/now": {
        **_WINDOW, "visitors": 12, "sessions": 13, "pages": [{"path": "/cart", "visitors": 4}],
        "countries": [{"country": "DE", "visitors": 9}],
        "per_minute": [{"at": "2026-11-18T08:12:00Z", "interactions": 74}],
    },
}  # fmt: skip
