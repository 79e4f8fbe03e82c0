-- How far down a page sessions came: for each depth in percent the share of those that saw the page.
SELECT depth, countIf(deepest >= depth) / count() AS reached, count() * $times AS sessions
FROM
(
    SELECT max(ifNull(scroll_depth, 0)) AS deepest
    FROM $interactions
    WHERE $matching AND $of_sessions AND $here AND (event_name = 'scroll' OR event_name IN $pages)
    GROUP BY session_hash
)
ARRAY JOIN range(0, 101, 5) AS depth
GROUP BY depth
ORDER BY depth
