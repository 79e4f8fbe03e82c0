-- How much was stored since a moment, by site and second of arrival.
SELECT site, intDiv(toUnixTimestamp64Milli(received_at), 1000) AS second, count() AS interactions
FROM interactions FINAL
WHERE received_at >= {since:DateTime64(3, 'UTC')} AND received_at < {until:DateTime64(3, 'UTC')}
GROUP BY site, second
