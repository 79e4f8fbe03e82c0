"""What is asked to know where copies stand (`copyfree.py`); `$table` and `$hours` are filled in there."""

PARTS = """
SELECT name, partition_id, max_block_number AS last_block, rows
FROM system.parts WHERE active AND database = currentDatabase() AND table = '$table'
"""
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
