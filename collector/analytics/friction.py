"""Where it hurts: rage clicks, dead clicks, forms that are left, quick backs, errors."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from collector.analytics.sampling import sample_of
from collector.analytics.statement import OF_PAGES, answer, statement
from collector.clickhouse import Engine
from collector.query.asked import FrictionQuery
from collector.query.rows import Rows
from collector.wire.analytics import (
    Backs,
    ClickTroubles,
    Errors,
    Form,
    Forms,
    Friction,
)

Sites = Sequence[str] | None
Row = dict[str, Any]
QUICK_MS = 10_000
_ABOUT = f"({OF_PAGES} OR event_name IN ('rage_click', 'dead_click', 'error', 'form_start', 'form_submit', 'feedback'))"


async def friction(engine: Engine, query: FrictionQuery, sites: Sites) -> Friction:
    """Raises ClickHouseError, OSError."""
    sample = await sample_of(engine, Rows(query, sites), _ABOUT, weight=40)

    async def ask(name: str, **parameters: object) -> list[Row]:
        rows = Rows(query, sites, sample=sample)
        rows.parameters.update(parameters, limit=query.limit)
        return await answer(engine, statement(name, rows), rows)

    forms = await ask("friction_forms")
    backs = await ask("friction_backs", quick_ms=QUICK_MS)
    troubles: dict[str, list[Row]] = defaultdict(list)
    for row in await ask("friction_troubles"):
        troubles[row["event"]].append({**row, "target_label": row["label"], "target_selector": row["selector"]})
    return Friction(
        **query.window.answered(),
        sampled=sample.told,
        rage_clicks=ClickTroubles(**_all_of(troubles["rage_click"])),
        dead_clicks=ClickTroubles(**_all_of(troubles["dead_click"])),
        forms=Forms(
            started=forms[0]["all_started"] if forms else 0,
            abandoned=forms[0]["all_abandoned"] if forms else 0,
            items=[Form(**row) for row in forms],
        ),
        quick_backs=Backs(**_all_of(backs)),
        errors=Errors(**_all_of(troubles["error"])),
    )


def _all_of(rows: Sequence[Row]) -> dict[str, Any]:
    """The totals, which stand in each row, and the rows."""
    first = rows[0] if rows else {}
    items = [{**row, "count": row["times"]} for row in rows]
    return {"count": first.get("all_times", 0), "sessions": first.get("all_sessions", 0), "items": items}
