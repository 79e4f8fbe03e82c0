-- The values with most interactions; `total` is how many there are.
SELECT
    $value AS item,
    countIf($of_sessions) * $times AS interactions,
    uniqExactIf(visitor_hash, $of_visitors) * $times AS visitors,
    uniqExactIf(session_hash, $of_sessions) * $times AS sessions,
    count() OVER () AS total
FROM $interactions
WHERE $matching AND $of_either AND $about
GROUP BY item
HAVING interactions > 0
ORDER BY interactions DESC, item
LIMIT {limit:UInt32}
