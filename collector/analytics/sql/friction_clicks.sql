-- Clicks that went wrong (rage clicks, dead clicks), by what was clicked; the totals stand in each row.
SELECT
    path,
    target_label,
    target_selector,
    count() AS times,
    uniqExact(session_hash) AS sessions,
    groupUniqArray(5)(session_id) AS example_sessions,
    sum(count()) OVER () AS all_times,
    (SELECT uniqExact(session_hash) FROM $interactions WHERE $matching AND event_name = {event:String}) AS all_sessions
FROM $interactions
WHERE $matching AND event_name = {event:String}
GROUP BY path, target_label, target_selector
ORDER BY times DESC, sessions DESC, path, target_label, target_selector
LIMIT {limit:UInt32}
