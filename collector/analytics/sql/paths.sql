-- What sessions saw after a page, or before it: `way` are their pages from there, the same one in a row once. At each
-- step the most frequent pages are kept, the others are one.
WITH
    seen AS
    (
        SELECT arrayCompact(arrayMap(
            page -> page.4, arraySort(groupArray((created_at, batch_place, interaction_id, path)))
        )) AS pages
        FROM $interactions
        WHERE $matching AND event_name IN $pages
        GROUP BY session_hash
    ),
    ways AS
    (
        SELECT arraySlice($turned, 1, {depth:UInt8} + 1) AS way
        FROM (SELECT pages, $start AS start FROM seen WHERE start > 0)
    ),
    kept AS
    (
        SELECT n, page
        FROM ways
        ARRAY JOIN way AS page, arrayEnumerate(way) AS n
        GROUP BY n, page
        ORDER BY n, count() DESC, page
        LIMIT {limit:UInt32} BY n
    )
SELECT n - 1 AS depth, is_kept, page, goes_on, is_next_kept, next_page, sessions
FROM
(
    SELECT n, is_kept, page, goes_on, is_next_kept, next_page, count() AS sessions
    FROM
    (
        SELECT
            n,
            (n, here) IN (SELECT n, page FROM kept) AS is_kept,
            is_kept ? here : '' AS page,
            goes_on,
            goes_on AND (n + 1, following) IN (SELECT n, page FROM kept) AS is_next_kept,
            is_next_kept ? following : '' AS next_page
        FROM
        (
            SELECT n, way[n] AS here, n < length(way) AS goes_on, way[n + 1] AS following
            FROM ways
            ARRAY JOIN arrayEnumerate(way) AS n
        )
    )
    GROUP BY n, is_kept, page, goes_on, is_next_kept, next_page
)
ORDER BY depth, sessions DESC, page, next_page
