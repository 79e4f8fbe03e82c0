"""What most: pages, entry and exit pages, referrers, campaigns, elements, searches, events, errors, any field."""

from collections.abc import Sequence

from collector.analytics.sampling import sample_of
from collector.analytics.statement import OF_PAGES, answer, statement
from collector.clickhouse import Engine
from collector.query.asked import TopQuery
from collector.query.conditions import text_of
from collector.query.fields import field
from collector.query.rows import Rows
from collector.wire.analytics import Top, TopItem

Sites = Sequence[str] | None

_SESSION_PAGES = {"entry_page": "argMinIf", "exit_page": "argMaxIf"}
_MEANINGS = {
    "page": ("path", OF_PAGES),
    "referrer": (
        "domainWithoutWWW(referrer)",
        "event_name = 'page_view' AND domain(referrer) != '' AND domainWithoutWWW(referrer) != domainWithoutWWW(url)",
    ),
    "campaign": ("utm_campaign", f"utm_campaign != '' AND {OF_PAGES}"),
    "element": (
        "if(target_label != '', target_label, target_selector)",
        "user_action = 'click' AND (target_label != '' OR target_selector != '')",
    ),
    "search": ("JSONExtractString(props, 'query')", "event_name = 'search'"),
    "event": ("event_name", "true"),
    "error": ("JSONExtractString(props, 'message')", "event_name = 'error'"),
    "product": ("product_id", "product_id != ''"),
    "image": ("interacted_image_url", "interacted_image_url != '' AND event_name NOT IN ('feedback', 'message')"),
}
"""The value and the rows of each list that is more than a field."""

_WEIGHTS = {"element": 55, "referrer": 400, "error": 40, "image": 16, "product": 50, "page": 20, "event": 15}
"""Of lists that take longer: those of long texts, and those for which texts of many rows are read that have none."""


async def top(engine: Engine, query: TopQuery, sites: Sites) -> Top:
    """Raises ClickHouseError, OSError."""
    rows = Rows(query, sites)
    rows.parameters["limit"] = query.limit
    if query.by in _SESSION_PAGES:
        rows.sample = await sample_of(engine, rows, weight=13)
        text = statement("top_session_pages", rows, pick=_SESSION_PAGES[query.by])
    else:
        value, about = _MEANINGS.get(query.by) or _of_field(query.by, rows)
        rows.sample = await sample_of(engine, rows, about, weight=_WEIGHTS.get(query.by, 10))
        text = statement("top", rows, value=value, about=about)
    found = await answer(engine, text, rows)
    items = [
        TopItem(value=row["item"], interactions=row["interactions"], visitors=row["visitors"], sessions=row["sessions"])
        for row in found
    ]
    total = found[0]["total"] if found else 0
    return Top(**query.window.answered(), sampled=rows.sample.told, by=query.by, items=items, total=total)


def _of_field(name: str, rows: Rows) -> tuple[str, str]:
    value = text_of(field(name), rows.parameters)
    return value, f"{value} != ''"
