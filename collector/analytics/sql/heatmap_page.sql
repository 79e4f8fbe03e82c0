-- What a heat map of a page is drawn on: its usual size, and the newest picture somebody sent of it.
SELECT
    quantileExactInclusiveIfOrNull(0.5)(assumeNotNull(viewport_width), isNotNull(viewport_width)) AS viewport_width_median,
    quantileExactInclusiveIfOrNull(0.5)(assumeNotNull(page_height), isNotNull(page_height)) AS page_height_median,
    argMaxIf(interacted_image_url, created_at, event_name = 'feedback' AND interacted_image_url LIKE '/images/%') AS screenshot
FROM $interactions
WHERE $matching AND $here
