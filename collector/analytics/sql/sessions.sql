-- Sessions, newest first: what each was like, told from its rows in the window. Copies of one event are removed (FINAL).
SELECT
    site,
    session_id,
    bitAnd(session_hash, 9007199254740991) AS session_key,
    min(created_at) AS started_at,
    max(created_at) AS ended_at,
    dateDiff('millisecond', started_at, ended_at) / 1000 AS duration_s,
    count() AS interactions,
    countIf(event_name IN $pages) AS pages,
    argMinIf(path, (created_at, batch_place, interaction_id), event_name IN $pages) AS entry_page,
    argMaxIf(path, (created_at, batch_place, interaction_id), event_name IN $pages) AS exit_page,
    argMaxIf(user_id, (created_at, batch_place, interaction_id), user_id != '') AS user_id,
    argMaxIf(visitor_id, (created_at, batch_place, interaction_id), visitor_id != '') AS visitor_id,
    argMinIf(device, (created_at, batch_place, interaction_id), device != '') AS device,
    argMinIf(browser, (created_at, batch_place, interaction_id), browser != '') AS browser,
    argMinIf(os, (created_at, batch_place, interaction_id), os != '') AS os,
    argMinIf(country, (created_at, batch_place, interaction_id), country != '') AS country,
    argMinIf(source, (created_at, batch_place, interaction_id), source != '') AS source,
    max(is_bot) AS is_bot,
    countIf(content != '') > 0 AS has_feedback,
    countIf(event_name = 'rage_click') AS rage_clicks,
    countIf(event_name = 'error') AS errors,
    countIf(event_name = 'purchase') AS conversions
FROM $interactions
WHERE $where
GROUP BY site, session_id, session_hash
HAVING $having
    AND (started_at, session_key) < ({before:DateTime64(3, 'UTC')}, {before_key:UInt64})
ORDER BY started_at DESC, session_key DESC
LIMIT {limit:UInt32}
SETTINGS prefer_column_name_to_alias = 1
