"""Which images of the shop are looked at, touched, and lead to the cart."""

from collections.abc import Sequence

from collector.analytics.sampling import sample_of
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
    rows.sample = await sample_of(engine, rows, "interacted_image_url != ''", weight=100)
    found = await answer(engine, statement("images", rows, order=query.order), rows)
    items = [ImageItem(**{**row, "product_id": row["product"]}) for row in found]
    total = found[0]["total"] if found else 0
    return Images(**query.window.answered(), sampled=rows.sample.told, items=items, total=total)
