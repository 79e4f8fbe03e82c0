-- Errors of scripts, by message and page.
SELECT
    JSONExtractString(props, 'message') AS message,
    path,
    count() AS times,
    uniqExact(session_hash) AS sessions,
    groupUniqArray(5)(session_id) AS example_sessions
FROM $interactions
WHERE $matching AND event_name = 'error'
GROUP BY message, path
ORDER BY times DESC, sessions DESC, message, path
LIMIT {limit:UInt32}
