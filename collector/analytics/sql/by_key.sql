-- Interactions by what the sorting key is made of; copies of one event are removed (FINAL).
SELECT $record
FROM interactions FINAL
WHERE site IN {sites:Array(String)}
  AND toStartOfHour(at) IN {hours:Array(DateTime('UTC'))}
  AND event_name IN {events:Array(String)}
  AND at IN {times:Array(DateTime64(3, 'UTC'))}
  AND event_id IN {ids:Array(UUID)}
