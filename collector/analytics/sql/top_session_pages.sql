-- The pages at which sessions begin or end: of all pages they saw in the window, `$pick` takes one.
-- A session counts when it has a matching row. In a sample, visitors are told from all their sessions, not only chosen
-- ones; of one in which somebody identifies themself it may hold the later part only.
WITH sessions AS
(
    SELECT
        $of_sessions AS whole,
        $pick(path, $moment, event_name IN $pages) AS item,
        countIf($filter) AS matched,
        groupUniqArrayIf(visitor_hash, $filter) AS people
    FROM $interactions
    WHERE $segmented AND $of_either
    GROUP BY session_hash
    HAVING matched > 0 AND countIf(event_name IN $pages) > 0
)
SELECT
    item,
    sumIf(matched, whole) * $times AS interactions,
    uniqExactArray(arrayFilter(visitor_hash -> $of_visitors, people)) * $times AS visitors,
    countIf(whole) * $times AS sessions,
    count() OVER () AS total
FROM sessions
GROUP BY item
HAVING sessions > 0
ORDER BY sessions DESC, interactions DESC, item
LIMIT {limit:UInt32}
