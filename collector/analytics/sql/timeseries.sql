-- A measure over time. A bucket is told by its first moment (Unix s); empty ones are filled in by the caller.
SELECT $bucket AS bucket, $measure * $times AS measured
FROM $interactions
WHERE $matching AND $among
GROUP BY bucket
