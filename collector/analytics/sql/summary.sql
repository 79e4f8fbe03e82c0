-- Figures of a window. A session counts when it has a matching row; its pages, length and bounce are those of all its
-- rows in the window. A bounce saw one page and neither clicked nor typed.
WITH sessions AS
(
    SELECT
        countIf($filter) AS matched,
        countIf(event_name IN $pages) AS pages,
        countIf($filter AND event_name IN $pages) AS matched_pages,
        countIf(user_action IN ('click', 'type')) AS acts,
        dateDiff('millisecond', min(created_at), max(created_at)) / 1000 AS seconds
    FROM $interactions
    WHERE $segmented AND $of_sessions
    GROUP BY session_hash
    HAVING matched > 0
)
SELECT
    sum(matched) * $times AS interactions,
    (SELECT uniqExact(visitor_hash) FROM $interactions WHERE $matching AND $of_visitors) * $times AS visitors,
    count() * $times AS sessions,
    if(sessions = 0, NULL, interactions / sessions) AS interactions_per_session,
    if(countIf(pages > 0) = 0, NULL, countIf(pages = 1 AND acts = 0) / countIf(pages > 0)) AS bounce_rate,
    if(sessions = 0, NULL, quantileExactInclusive(0.5)(seconds)) AS median_duration_s,
    sum(matched_pages) * $times AS page_views
FROM sessions
