-- Errors of scripts, by message and page; the totals stand in each row.
SELECT
    JSONExtractString(props, 'message') AS message,
    path,
    count() AS times,
    uniqExact(session_hash) AS sessions,
    groupUniqArray(5)(session_id) AS example_sessions,
    sum(count()) OVER () AS all_times,
    (SELECT uniqExact(session_hash) FROM $interactions WHERE $matching AND event_name = 'error') AS all_sessions
FROM $interactions
WHERE $matching AND event_name = 'error'
GROUP BY message, path
ORDER BY times DESC, sessions DESC, message, path
LIMIT {limit:UInt32}
