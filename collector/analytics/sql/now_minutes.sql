-- Interactions by minute, as the minute's first moment in Unix s.
SELECT toUnixTimestamp(toStartOfMinute(created_at)) AS at, count() AS interactions
FROM $interactions
WHERE $matching
GROUP BY at
ORDER BY at
