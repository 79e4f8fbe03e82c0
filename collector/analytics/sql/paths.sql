-- What sessions saw after a page, or before it: `way` are their pages from there, the same one in a row once. At each
-- step the most frequent pages are kept, the others are one. `total` is how many were on a page at a step, and as each
-- of these but the first came from one before, `next_total` is the same of the page that follows.
WITH
    seen AS
    (
        SELECT arrayCompact(arrayMap(
            page -> page.2, arraySort(arrayZip(groupArray($moment), groupArray(path)))
        )) AS pages
        FROM $interactions
        WHERE $matching AND $of_sessions AND event_name IN $pages
        GROUP BY session_hash
    ),
    ways AS
    (
        SELECT arraySlice($turned, 1, {depth:UInt8} + 1) AS way
        FROM (SELECT pages, $start AS start FROM seen WHERE start > 0)
    ),
    moves AS
    (
        SELECT n, way[n] AS here, n < length(way) AS goes_on, way[n + 1] AS following, count() AS moved
        FROM ways
        ARRAY JOIN arrayEnumerate(way) AS n
        GROUP BY n, here, goes_on, following
    ),
    totals AS
    (
        SELECT
            *,
            sum(moved) OVER (PARTITION BY n, here) AS total,
            sum(moved) OVER (PARTITION BY n, goes_on, following) AS next_total
        FROM moves
    ),
    places AS
    (
        SELECT
            *,
            dense_rank() OVER (PARTITION BY n ORDER BY total DESC, here) <= {limit:UInt32} AS is_kept,
            goes_on AND dense_rank() OVER (PARTITION BY n, goes_on ORDER BY next_total DESC, following) <= {limit:UInt32}
                AS is_next_kept
        FROM totals
    )
SELECT
    n - 1 AS depth,
    is_kept,
    is_kept ? here : '' AS page,
    goes_on,
    is_next_kept,
    is_next_kept ? following : '' AS next_page,
    sum(moved) * $times AS sessions
FROM places
GROUP BY depth, is_kept, page, goes_on, is_next_kept, next_page
ORDER BY depth, sessions DESC, page, next_page
