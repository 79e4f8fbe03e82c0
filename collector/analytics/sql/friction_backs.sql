-- Quick backs: a page that people left within some seconds for the page they had come from.
WITH pages AS
(
    SELECT
        path,
        session_hash,
        session_id,
        $filter AS matched,
        lagInFrame(path) OVER neighbours AS before,
        leadInFrame(path) OVER neighbours AS after,
        dateDiff('millisecond', created_at, leadInFrame(created_at) OVER neighbours) AS stayed
    FROM $interactions
    WHERE $segmented AND $of_sessions AND event_name IN $pages
    WINDOW neighbours AS
    (
        PARTITION BY session_hash ORDER BY created_at, batch_place, interaction_id
        ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING
    )
)
SELECT
    path,
    count() * $times AS times,
    uniqExact(session_hash) * $times AS sessions,
    groupUniqArray(5)(session_id) AS example_sessions,
    sum(count()) OVER () * $times AS all_times
FROM pages
WHERE matched AND before != '' AND before = after AND before != path AND stayed < {quick_ms:UInt32}
GROUP BY path
ORDER BY times DESC, sessions DESC, path
LIMIT {limit:UInt32}
