-- How far sessions or visitors got, by a value each had at its first step (a constant where none is asked for).
WITH levels AS
(
    SELECT
        who,
        argMinIf(value, moment, step = 1) AS value,
        windowFunnel({span:UInt64})(moment, $steps) AS level
    FROM ($entries)
    GROUP BY who
)
SELECT value, $counts AS counts
FROM levels
WHERE level > 0
GROUP BY value
ORDER BY counts[1] DESC, value
LIMIT {limit:UInt32}
