"""Which images of the shop are looked at, touched, and lead to the cart."""

from collections.abc import Sequence

from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.asked import ImagesQuery
from collector.query.rows import Rows
from collector.wire.analytics import ImageItem, Images

Sites = Sequence[str] | None


async def images(engine: Engine, query: ImagesQuery, sites: Sites) -> Images:
    """Raises ClickHouseError, OSError."""
    rows = Rows(query, sites)
    rows.parameters["limit"] = query.limit
    found = await answer(engine, statement("images", rows), rows)
    items = [ImageItem(**{**row, "product_id": row["product"]}) for row in found]
    return Images(**query.window.answered(), items=items, total=found[0]["total"] if found else 0)
