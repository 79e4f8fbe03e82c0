-- Clicks on a page in squares: the viewport's width is cut into columns, and a row is as high as a column is wide.
-- `all_clicks` has those of squares beyond the limit too.
SELECT
    toUInt32(least({columns:Float64} - 1., greatest(0., floor(page_x * {columns:Float64} / viewport_width)))) AS col,
    toUInt32(least({most_rows:Float64}, greatest(0., floor(page_y * {columns:Float64} / viewport_width)))) AS line,
    count() * $times AS clicks,
    sum(count()) OVER () * $times AS all_clicks
FROM $interactions
WHERE $matching AND $of_sessions AND $here AND event_name = 'click'
    AND viewport_width > 0 AND isNotNull(page_x) AND isNotNull(page_y)
GROUP BY col, line
ORDER BY clicks DESC, line, col
LIMIT {most_cells:UInt32}
