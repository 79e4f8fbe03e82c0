"""What people do after a page, and before it."""

from collections import Counter
from collections.abc import Sequence

from collector.analytics.sampling import sample_of
from collector.analytics.statement import OF_PAGES, answer, statement
from collector.clickhouse import Engine
from collector.query.journeys import PathsQuery
from collector.query.rows import Rows
from collector.wire.journeys import PathLink, PathNode, Paths

Sites = Sequence[str] | None
Node = tuple[int, bool, str]


async def paths(engine: Engine, query: PathsQuery, sites: Sites) -> Paths:
    """From the first time a session saw the page. Raises ClickHouseError, OSError."""
    rows = Rows(query, sites)
    rows.sample = await sample_of(engine, rows, OF_PAGES, weight=50)
    rows.parameters |= {"depth": query.depth, "limit": query.limit}
    if query.path is not None:
        start = f"indexOf(pages, {rows.parameters.add(query.path, 'String')})"
    else:
        start = "toUInt64(1)" if query.direction == "after" else "length(pages)"
    turned = "arraySlice(pages, start)" if query.direction == "after" else "arrayReverse(arraySlice(pages, 1, start))"
    nodes: Counter[Node] = Counter()
    links: Counter[tuple[Node, Node]] = Counter()
    for row in await answer(engine, statement("paths", rows, start=start, turned=turned), rows):
        node = (row["depth"], not row["is_kept"], row["page"])
        nodes[node] += row["sessions"]
        if row["goes_on"]:
            links[node, (row["depth"] + 1, not row["is_next_kept"], row["next_page"])] += row["sessions"]
    order = sorted(nodes, key=lambda node: (node[0], node[1], -nodes[node], node[2]))
    return Paths(
        **query.window.answered(),
        sampled=rows.sample.told,
        direction=query.direction,
        nodes=[PathNode(id=_id(node), depth=node[0], page=node[2], rest=node[1], sessions=nodes[node]) for node in order],
        links=[
            PathLink(source=_id(source), target=_id(target), sessions=count)
            for (source, target), count in sorted(links.items(), key=lambda item: (item[0][0][0], -item[1], item[0]))
        ],
    )  # fmt: skip


def _id(node: Node) -> str:
    depth, rest, page = node
    return f"{depth}:*" if rest else f"{depth}:{page}"
