"""Whether a question is asked of all rows or of a sample."""

from collector.analytics.statement import statement
from collector.clickhouse import Engine
from collector.query.rows import Rows
from collector.query.sample import ALL, KEPT, Sample, fitting


async def count(engine: Engine) -> int:
    """How many interactions there are, told from the parts of the table: no row is read. Raises ClickHouseError."""
    [found] = await engine.rows("SELECT count() AS rows FROM interactions")
    return int(found["rows"])


async def sample_of(engine: Engine, rows: Rows, about: str = "true", *, where: str = "", weight: float = 1) -> Sample:
    """The sample for a question over the rows of its window (or `where`) that are `about` something; `weight` is how
    much longer than counting them it takes, which is 40 ns of processor time each (make bench ARGS=analytics).
    Raises ClickHouseError, OSError."""
    if not engine.exact_rows or await count(engine) * weight <= engine.exact_rows:
        return ALL
    [found] = await engine.rows(
        statement("sampled_rows", rows, where=where or rows.in_window, about=about), rows.parameters
    )
    return fitting(found["rows"] * KEPT, found["count"] * KEPT, weight, engine.exact_rows)
