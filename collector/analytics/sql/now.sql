-- Who was there since a moment, on which page (each visitor's last) and in which country.
SELECT
    grouping(path) = 0 AND grouping(country) = 1 AS is_page,
    grouping(country) = 0 AND grouping(path) = 1 AS is_country,
    path,
    country,
    count() AS visitors,
    uniqExactArray(sessions) AS sessions
FROM
(
    SELECT
        argMaxIf(path, (created_at, batch_place, interaction_id), path != '') AS path,
        argMaxIf(country, (created_at, batch_place, interaction_id), country != '') AS country,
        groupUniqArray(session_hash) AS sessions
    FROM $interactions
    WHERE $matching
    GROUP BY visitor_hash
)
GROUP BY GROUPING SETS ((), (path), (country))
ORDER BY visitors DESC, path, country
LIMIT {limit:UInt32} BY is_page, is_country
SETTINGS prefer_column_name_to_alias = 1
