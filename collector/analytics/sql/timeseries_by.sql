-- The same for each of the values that have most in the window, and `rest` for all others together.
WITH leading AS
(
    SELECT $value AS leader
    FROM $interactions
    WHERE $matching AND $among
    GROUP BY leader
    ORDER BY $measure DESC, leader
    LIMIT {limit:UInt32}
)
SELECT
    $bucket AS bucket,
    $value NOT IN (SELECT leader FROM leading) AS rest,
    if(rest, '', $value) AS series,
    $measure * $times AS measured
FROM $interactions
WHERE $matching AND $among
GROUP BY bucket, rest, series
