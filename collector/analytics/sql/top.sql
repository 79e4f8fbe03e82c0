-- The values with most interactions; `total` is how many there are.
SELECT
    $value AS item,
    count() AS interactions,
    uniqExact(visitor_hash) AS visitors,
    uniqExact(session_hash) AS sessions,
    count() OVER () AS total
FROM $interactions
WHERE $matching AND $about
GROUP BY item
ORDER BY interactions DESC, item
LIMIT {limit:UInt32}
