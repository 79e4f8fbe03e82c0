-- The pages at which sessions begin or end: of all pages they saw in the window, `$pick` takes one.
-- A session counts when it has a matching row.
WITH sessions AS
(
    SELECT
        $pick(path, (created_at, batch_place, interaction_id), event_name IN $pages) AS item,
        countIf($filter) AS matched,
        groupUniqArrayIf(visitor_hash, $filter) AS people
    FROM $interactions
    WHERE $segmented
    GROUP BY session_hash
    HAVING matched > 0 AND countIf(event_name IN $pages) > 0
)
SELECT
    item,
    sum(matched) AS interactions,
    uniqExactArray(people) AS visitors,
    count() AS sessions,
    count() OVER () AS total
FROM sessions
GROUP BY item
ORDER BY sessions DESC, interactions DESC, item
LIMIT {limit:UInt32}
