-- What a heat map of a page is drawn on: its usual size.
SELECT
    quantileExactInclusiveIfOrNull(0.5)(assumeNotNull(viewport_width), isNotNull(viewport_width)) AS viewport_width_median,
    quantileExactInclusiveIfOrNull(0.5)(assumeNotNull(page_height), isNotNull(page_height)) AS page_height_median
FROM $interactions
WHERE $matching AND $of_sessions AND $here
