-- Rage clicks and dead clicks, by what was clicked, and errors of scripts, by message; the totals of each event stand in
-- its rows. Read at once: the events lie next to each other.
SELECT
    event_name AS event,
    path,
    if(event_name = 'error', JSONExtractString(props, 'message'), '') AS message,
    if(event_name = 'error', '', target_label) AS label,
    if(event_name = 'error', '', target_selector) AS selector,
    count() * $times AS times,
    uniqExact(session_hash) * $times AS sessions,
    groupUniqArray(5)(session_id) AS example_sessions,
    sum(count()) OVER (PARTITION BY event) * $times AS all_times,
    uniqExactMerge(uniqExactState(session_hash)) OVER (PARTITION BY event) * $times AS all_sessions
FROM $interactions
WHERE $matching AND $of_sessions AND event_name IN ('rage_click', 'dead_click', 'error')
GROUP BY event, path, message, label, selector
ORDER BY times DESC, sessions DESC, message, path, label, selector
LIMIT {limit:UInt32} BY event
