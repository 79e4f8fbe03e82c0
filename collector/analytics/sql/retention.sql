-- Visitors by the bucket in which they first did something (ever, not only in the window) and by those in which they
-- were there; bucket 0 counts all of a cohort. Cohort 0 are those who came first before the window, or are of none.
WITH
    firsts AS
    (
        SELECT visitor_hash, min(created_at) AS first, true AS known
        FROM $interactions
        WHERE $ever AND $cohort AND $of_visitors
        GROUP BY visitor_hash
        HAVING first >= {since:DateTime64(3, 'UTC')}
    ),
    active AS
    (
        SELECT visitor_hash, groupUniqArray(roundDown(intDiv(toUnixTimestamp64Milli(created_at), 1000), $buckets)) AS buckets
        FROM $interactions
        WHERE $matching AND $of_visitors
        GROUP BY visitor_hash
    )
SELECT cohort, bucket, count() * $times AS visitors
FROM
(
    SELECT
        if(known, roundDown(intDiv(toUnixTimestamp64Milli(first), 1000), $buckets), 0) AS cohort,
        buckets
    FROM active
    LEFT JOIN firsts USING (visitor_hash)
)
ARRAY JOIN arrayPushFront(buckets, 0) AS bucket
WHERE bucket = 0 OR bucket >= cohort
GROUP BY cohort, bucket
