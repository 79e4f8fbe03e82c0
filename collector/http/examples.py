"""An example of each analytics answer, for the documentation; a test holds them against the models."""

from typing import Any

_WINDOW = {
    "from": "2026-11-17T00:00:00+01:00",
    "to": "2026-11-19T00:00:00+01:00",
    "timezone": "Europe/Berlin",
    "sampled": None,
}
_NO_PREVIOUS = {"previous_from": None, "previous_to": None, "previous": None}
_SESSION = "0193a5c0-0000-7000-8000-00000000005e"

EXAMPLES: dict[str, dict[str, Any]] = {
    "/v1/summary": {
        **_WINDOW,
        "current": {
            "interactions": 21408, "visitors": 803, "sessions": 1092, "page_views": 4711,
            "interactions_per_session": 19.6, "bounce_rate": 0.34, "median_duration_s": 41.5,
        },
        **_NO_PREVIOUS,
    },
    "/v1/timeseries": {
        **_WINDOW, "interval": "day", "measure": "interactions",
        "times": ["2026-11-17T00:00:00+01:00", "2026-11-18T00:00:00+01:00"],
        "series": [
            {"name": "click", "rest": False, "values": [2210, 2388]},
            {"name": "other", "rest": True, "values": [8102, 8708]},
        ],
        **_NO_PREVIOUS,
    },
    "/v1/top": {
        **_WINDOW, "by": "page",
        "items": [{"value": "/categories/laptops", "interactions": 812, "visitors": 390, "sessions": 471}],
        "total": 41,
    },
    "/v1/images": {
        **_WINDOW,
        "items": [
            {
                "image_url": "https://shop.example/img/aster-16-pro.svg", "product_id": "aster-16-pro",
                "label": "Aster 16 Pro", "views": 640, "view_ms_median": 1980.0, "touches": 212, "carts": 31,
                "sessions": 402, "touch_rate": 0.38, "cart_rate": 0.07,
            }
        ],
        "total": 68,
    },
    "/v1/friction": {
        **_WINDOW,
        "rage_clicks": {
            "count": 14, "sessions": 12,
            "items": [
                {
                    "path": "/cart", "count": 9, "sessions": 8, "example_sessions": [_SESSION],
                    "target_label": "Place order", "target_selector": "#order",
                }
            ],
        },
        "dead_clicks": {"count": 0, "sessions": 0, "items": []},
        "forms": {
            "started": 40, "abandoned": 9,
            "items": [
                {
                    "path": "/cart", "form": "Summary", "started": 40, "submitted": 31, "abandoned": 9,
                    "abandon_rate": 0.225, "example_sessions": [_SESSION],
                }
            ]
        },
        "quick_backs": {
            "count": 17, "items": [{"path": "/inspire", "count": 17, "sessions": 16, "example_sessions": [_SESSION]}]
        },
        "errors": {
            "count": 3, "sessions": 2,
            "items": [
                {
                    "path": "/cart", "count": 3, "sessions": 2, "example_sessions": [_SESSION],
                    "message": "TypeError: total is undefined",
                }
            ]
        },
    },
    "/v1/heatmap": {
        **_WINDOW, "path": "/cart", "kind": "click", "columns": 50, "cells": [[31, 27, 44], [8, 3, 12]], "max_row": 27,
        "clicks": 56, "viewport_width_median": 1280.0, "page_height_median": 1430.0,
        "pictures": [{"image_url": "/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "top": 0.0}],
        "sessions": 0, "depths": [],
    },
}  # fmt: skip
