-- Visitors of each bucket: those whose first interaction ever falls into it, and all.
WITH
    active AS
    (
        SELECT visitor_hash, groupUniqArray(roundDown(intDiv(toUnixTimestamp64Milli(created_at), 1000), $buckets)) AS buckets
        FROM $interactions
        WHERE $matching AND $of_visitors
        GROUP BY visitor_hash
    ),
    firsts AS
    (
        SELECT visitor_hash, min(created_at) AS first
        FROM $interactions
        WHERE $ever AND $of_visitors AND visitor_hash IN (SELECT visitor_hash FROM active)
        GROUP BY visitor_hash
    )
SELECT
    bucket,
    countIf(first >= {since:DateTime64(3, 'UTC')}
        AND roundDown(intDiv(toUnixTimestamp64Milli(first), 1000), $buckets) = bucket) * $times AS fresh,
    count() * $times AS visitors
FROM active
INNER JOIN firsts USING (visitor_hash)
ARRAY JOIN buckets AS bucket
GROUP BY bucket
