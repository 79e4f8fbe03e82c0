"""What is asked to know where copies stand (`copyfree.py`; `$table` and `$hours` are filled in there), and what is read
where they do."""

from collections.abc import Collection, Iterable

from collector.clickhouse.copies_known import Copies

PARTS = """
SELECT name, partition_id, max_block_number AS last_block, rows, level, toUnixTimestamp(modification_time) AS modified
FROM system.parts WHERE active AND database = currentDatabase() AND table = '$table'
"""
UUID = "SELECT toString(uuid) AS uuid FROM system.tables WHERE database = currentDatabase() AND name = '$table'"
_HOUR = "toUnixTimestamp(toStartOfHour(at))"
HOURS = f"SELECT {_HOUR} AS hour FROM $table WHERE _part IN {{parts:Array(String)}} GROUP BY hour ORDER BY hour"
SIZES = (
    f"SELECT {_HOUR} AS hour, count() AS size FROM $table WHERE toStartOfHour(at) IN $hours GROUP BY hour ORDER BY hour"
)
SUSPECTS = f"""
SELECT {_HOUR} AS hour FROM $table
WHERE toStartOfHour(at) IN $hours GROUP BY hour HAVING count() != uniqExact(event_id)
"""
COPIES = f"""
SELECT hour, min(first) AS since, max(last) AS until
FROM (
    SELECT {_HOUR} AS hour, toUnixTimestamp64Milli(min(created_at)) AS first,
        toUnixTimestamp64Milli(max(created_at)) AS last
    FROM $table WHERE toStartOfHour(at) IN $hours AND $among
    GROUP BY hour, event_id HAVING count() > 1
)
GROUP BY hour
"""
OF_PARTS = "event_id IN (SELECT event_id FROM $table WHERE _part IN {parts:Array(String)})"
COLUMNS = "*, interaction_id, session_hash, visitor_hash"
MOST_STRETCHES = 4


def source(table: str, copies: Copies) -> str:
    """The table, with FINAL where these copies are."""
    if not copies:
        return table
    within = " OR ".join(
        f"created_at BETWEEN fromUnixTimestamp64Milli({first}, 'UTC') AND fromUnixTimestamp64Milli({last}, 'UTC')"
        for first, last in stretches(copies.values(), MOST_STRETCHES)
    )
    hour = f"toStartOfHour(at) IN {hour_set(copies)}"
    return (
        f"(SELECT {COLUMNS} FROM {table} WHERE NOT ({within})"
        f" UNION ALL SELECT {COLUMNS} FROM {table} WHERE ({within}) AND NOT {hour}"
        f" UNION ALL SELECT {COLUMNS} FROM {table} FINAL WHERE ({within}) AND {hour})"
    )


def stretches(spans: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """At most so many spans (first, last) that cover all of these, with the widest gaps between them."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    while len(joined) > most:
        at = min(range(1, len(joined)), key=lambda place: joined[place][0] - joined[place - 1][1])
        joined[at - 1 : at + 1] = [(joined[at - 1][0], joined[at][1])]
    return joined


def hour_set(hours: Collection[int]) -> str:
    """These hours (Unix s), as SQL."""
    return "(" + ", ".join(f"toDateTime({hour}, 'UTC')" for hour in sorted(hours)) + ")"
