-- The median seconds from each step to the next, of those who got there. Of each, the way counts that got furthest and
-- ended first, with its latest start, of one millisecond too: `known.1` has for each step the way (its moments) with the
-- latest start, `known.2` the first way that got as far.
WITH
    ahead AS
    (
        SELECT who FROM ($entries) GROUP BY who HAVING windowFunnel({span:UInt64})(moment, $steps) > 1
    ),
    ways AS
    (
        SELECT arrayFold(
            (known, entry) -> arrayMap(
                reached -> (reached, if(length(reached[entry.2]) > length(known.2), reached[entry.2], known.2)),
                [arrayMap(
                    (way, n) -> multiIf(
                        n != entry.2, way,
                        n = 1, [entry.1],
                        empty(known.1[n - 1])
                            OR intDiv(entry.1, 1048576) - intDiv(known.1[n - 1][1], 1048576) > {window_ms:Int64}, way,
                        empty(way) OR known.1[n - 1][1] > way[1], arrayPushBack(known.1[n - 1], entry.1),
                        way),
                    known.1, range(1, {length:UInt8} + 1))])[1],
            arraySort(groupArray((moment, step))),
            (arrayWithConstant({length:UInt8}, emptyArrayUInt64()), emptyArrayUInt64())).2 AS way
        FROM ($entries)
        WHERE who IN (SELECT who FROM ahead)
        GROUP BY who
    )
SELECT n, quantileExactInclusive(0.5)(intDiv(way[n], 1048576) - intDiv(way[n - 1], 1048576)) / 1000 AS seconds
FROM ways
ARRAY JOIN range(2, length(way) + 1) AS n
GROUP BY n
ORDER BY n
