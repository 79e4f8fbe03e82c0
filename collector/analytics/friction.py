"""Where it hurts: rage clicks, dead clicks, forms that are left, quick backs, errors."""

from collections.abc import Sequence
from typing import Any

from collector.analytics.sampling import sample_of
from collector.analytics.statement import OF_PAGES, answer, statement
from collector.clickhouse import Engine
from collector.query.asked import FrictionQuery
from collector.query.rows import Rows
from collector.query.sample import ALL
from collector.wire.analytics import (
    Backs,
    ClickTrouble,
    ClickTroubles,
    Errors,
    ErrorTrouble,
    Form,
    Forms,
    Friction,
    Trouble,
)

Sites = Sequence[str] | None
QUICK_MS = 10_000


async def friction(engine: Engine, query: FrictionQuery, sites: Sites) -> Friction:
    """Raises ClickHouseError, OSError."""

    sample = await sample_of(engine, Rows(query, sites), OF_PAGES, weight=8)

    async def ask(name: str, **parameters: object) -> list[dict[str, Any]]:
        rows = Rows(query, sites, sample=sample if name == "friction_backs" else ALL)
        rows.parameters.update(parameters, limit=query.limit)
        found = await answer(engine, statement(name, rows), rows)
        return [{**row, "count": row.get("times")} for row in found]

    async def clicks(event: str) -> ClickTroubles:
        found = await ask("friction_clicks", event=event)
        first = found[0] if found else {"all_times": 0, "all_sessions": 0}
        return ClickTroubles(
            count=first["all_times"], sessions=first["all_sessions"], items=[ClickTrouble(**row) for row in found]
        )

    forms = await ask("friction_forms")
    errors = await ask("friction_errors")
    backs = await ask("friction_backs", quick_ms=QUICK_MS)
    return Friction(
        **query.window.answered(),
        rage_clicks=await clicks("rage_click"),
        dead_clicks=await clicks("dead_click"),
        forms=Forms(
            started=forms[0]["all_started"] if forms else 0,
            abandoned=forms[0]["all_abandoned"] if forms else 0,
            items=[Form(**row) for row in forms],
        ),
        quick_backs=Backs(
            sampled=sample.told, count=backs[0]["all_times"] if backs else 0, items=[Trouble(**row) for row in backs]
        ),
        errors=Errors(
            count=errors[0]["all_times"] if errors else 0,
            sessions=errors[0]["all_sessions"] if errors else 0,
            items=[ErrorTrouble(**row) for row in errors],
        ),
    )
