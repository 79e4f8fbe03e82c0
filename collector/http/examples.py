"""An example of each analytics answer, for the documentation; a test holds them against the models."""

from typing import Any

_WINDOW = {"from": "2026-11-17T00:00:00+01:00", "to": "2026-11-19T00:00:00+01:00", "timezone": "Europe/Berlin"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "/v1/summary": {
        **_WINDOW,
        "current": {
            "interactions": 21408, "visitors": 803, "sessions": 1092, "page_views": 4711,
            "interactions_per_session": 19.6, "bounce_rate": 0.34, "median_duration_s": 41.5,
        },
        "previous": None,
    },
    "/v1/timeseries": {
        **_WINDOW, "interval": "day", "measure": "interactions",
        "times": ["2026-11-17T00:00:00+01:00", "2026-11-18T00:00:00+01:00"],
        "series": [
            {"name": "click", "rest": False, "values": [2210, 2388]},
            {"name": "other", "rest": True, "values": [8102, 8708]},
        ],
        "previous": None,
    },
}  # fmt: skip
