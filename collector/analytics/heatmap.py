"""Where people click on a page, and how far down they come."""

from collections.abc import Sequence

from collector.analytics.sampling import sample_of
from collector.analytics.statement import answer, statement
from collector.clickhouse import Engine
from collector.query.asked import HeatmapQuery
from collector.query.rows import Rows
from collector.wire.analytics import Depth, Heatmap, PagePicture

Sites = Sequence[str] | None
MOST_ROWS = 10_000
MOST_CELLS = 50_000
MOST_PICTURES = 20


async def heatmap(engine: Engine, query: HeatmapQuery, sites: Sites) -> Heatmap:
    """Raises ClickHouseError, OSError."""
    rows = Rows(query, sites)
    here = f"path = {rows.parameters.add(query.path, 'String')}"
    if query.device is not None:
        here += f" AND device = {rows.parameters.add(query.device, 'String')}"
    rows.parameters.update(
        columns=query.columns, most_rows=MOST_ROWS, most_cells=MOST_CELLS, most_pictures=MOST_PICTURES
    )
    pictures = (
        await answer(engine, statement("heatmap_pictures", rows, here=here), rows) if query.kind == "click" else []
    )
    rows.sample = await sample_of(engine, rows, weight=16)
    asked = {
        "sampled": rows.sample.told,
        **query.window.answered(),
        "path": query.path,
        "kind": query.kind,
        "columns": query.columns,
    }
    if query.kind == "scroll":
        depths = await answer(engine, statement("heatmap_scroll", rows, here=here), rows)
        sessions = depths[0]["sessions"] if depths else 0
        return Heatmap(**asked, sessions=sessions, depths=[Depth(**row) for row in depths])
    cells = await answer(engine, statement("heatmap_clicks", rows, here=here), rows)
    [page] = await answer(engine, statement("heatmap_page", rows, here=here), rows)
    return Heatmap(
        **asked,
        cells=[(cell["col"], cell["line"], cell["clicks"]) for cell in cells],
        max_row=max((cell["line"] for cell in cells), default=0),
        clicks=cells[0]["all_clicks"] if cells else 0,
        viewport_width_median=page["viewport_width_median"],
        page_height_median=page["page_height_median"],
        pictures=[PagePicture(**row) for row in pictures],
    )
