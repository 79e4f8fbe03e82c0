-- Which of these texts are still there.
SELECT DISTINCT event_id FROM texts WHERE event_id IN {ids:Array(UUID)}
