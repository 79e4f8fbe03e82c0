-- How far sessions or visitors got, by a value each had at its first step (a constant where none is asked for), and
-- how far those of all values did.
WITH levels AS
(
    SELECT
        who,
        argMinIf(value, moment, step = 1) AS value,
        windowFunnel({span:UInt64})(moment, $steps) AS level
    FROM ($entries)
    GROUP BY who
)
SELECT value, $counts AS counts, sumForEach(counts) OVER () AS totals
FROM levels
WHERE level > 0
GROUP BY value
ORDER BY counts[1] DESC, value
LIMIT {limit:UInt32}
