-- Pictures that visitors sent of a page, in windows as large as that of the newest: of each stretch of the page the
-- newest, and where it begins, in widths of the window. A picture of one element has no place on the page.
WITH pictures AS
(
    SELECT
        interacted_image_url AS image_url,
        assumeNotNull(page_y) AS y,
        assumeNotNull(viewport_width) AS width,
        assumeNotNull(viewport_height) AS height,
        created_at
    FROM $interactions
    WHERE $in_window AND $here
        AND event_name = 'feedback' AND startsWith(interacted_image_url, '/images/')
        AND isNotNull(page_y) AND viewport_width > 0 AND viewport_height > 0
)
SELECT argMax(image_url, created_at) AS image_url, argMax(y, created_at) / any(width) AS top
FROM pictures
WHERE (width, height) = (SELECT argMax((width, height), created_at) FROM pictures)
GROUP BY intDiv(toInt64(y), height)
ORDER BY max(created_at) DESC
LIMIT {most_pictures:UInt32}
