-- Visitors by the bucket in which they first did something (ever, not only in the window) and by those in which they
-- were there; bucket 0 counts all of a cohort. Copies change neither, so that they are not removed here.
WITH
    firsts AS
    (
        SELECT visitor_hash, min(created_at) AS first
        FROM interactions
        WHERE $ever AND $cohort
        GROUP BY visitor_hash
        HAVING first >= {since:DateTime64(3, 'UTC')}
    ),
    active AS
    (
        SELECT visitor_hash, groupUniqArray(roundDown(intDiv(toUnixTimestamp64Milli(created_at), 1000), $buckets)) AS buckets
        FROM interactions
        WHERE $matching
        GROUP BY visitor_hash
    )
SELECT cohort, bucket, count() AS visitors
FROM
(
    SELECT roundDown(intDiv(toUnixTimestamp64Milli(first), 1000), $buckets) AS cohort, buckets
    FROM active
    INNER JOIN firsts USING (visitor_hash)
)
ARRAY JOIN arrayPushFront(buckets, 0) AS bucket
WHERE bucket = 0 OR bucket >= cohort
GROUP BY cohort, bucket
