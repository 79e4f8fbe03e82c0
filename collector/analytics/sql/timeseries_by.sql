-- The same for each of the values that have most in the window, and `rest` for all others together.
WITH leading AS
(
    SELECT $value AS value
    FROM $interactions
    WHERE $matching
    GROUP BY value
    ORDER BY $measure DESC, value
    LIMIT {limit:UInt32}
)
SELECT
    $bucket AS at,
    $value NOT IN (SELECT value FROM leading) AS rest,
    if(rest, '', $value) AS name,
    $measure AS measured
FROM $interactions
WHERE $matching
GROUP BY at, rest, name
ORDER BY at
