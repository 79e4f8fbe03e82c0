"""Who is here now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.journeys import NowQuery
from collector.query.question import Question, Window
from collector.query.rows import Rows
from collector.wire.journeys import CountryVisitors, MinuteCount, Now, PageVisitors

Sites = Sequence[str] | None
HERE = timedelta(minutes=5)
MINUTES = 30


async def now(engine: Engine, query: NowQuery, sites: Sites) -> Now:
    """Raises ClickHouseError, OSError."""
    end = datetime.now(UTC)
    minute = end.replace(second=0, microsecond=0)
    minutes = [minute - timedelta(minutes=back) for back in reversed(range(MINUTES))]
    given = query.model_dump(include={"site", "filter", "segment", "bots"})
    asked = Question.model_validate({**given, "from": minutes[0], "to": end})
    window = asked.window
    counted = Rows(asked, sites, window)
    counts = {row["at"]: row["interactions"] for row in
              await answer(engine, statement("now_minutes", counted), counted)}  # fmt: skip
    here = Rows(asked, sites, Window(end - HERE, end, window.zone))
    here.parameters["limit"] = query.limit
    found = await answer(engine, statement("now", here), here)
    total = next((row for row in found if not row["is_page"] and not row["is_country"]), {"visitors": 0, "sessions": 0})
    return Now(
        **window.answered(),
        visitors=total["visitors"],
        sessions=total["sessions"],
        pages=[PageVisitors(**row) for row in found if row["is_page"]][: query.limit],
        countries=[CountryVisitors(**row) for row in found if row["is_country"]][: query.limit],
        per_minute=[
            MinuteCount(at=at.isoformat().replace("+00:00", "Z"), interactions=counts.get(round(at.timestamp()), 0))
            for at in minutes
        ],
    )
