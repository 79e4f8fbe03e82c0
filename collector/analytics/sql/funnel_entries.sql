-- Each step an interaction fits, as a row. `moment` puts them in order: by the millisecond, in it first what fits an
-- earlier step, then as they were sent, and of one interaction the later step first, so that no interaction is two
-- steps of one way.
SELECT
    $who AS who,
    $value AS value,
    step,
    toUnixTimestamp64Milli(created_at) AS ms,
    toUInt64(ms * 1048576 + fitting[-1] * 65536 + least(batch_place, 4095) * 16 + 15 - step) AS moment
FROM
(
    SELECT *, session_hash, visitor_hash, arrayReverseSort(arrayFilter(n -> n > 0, $fits)) AS fitting
    FROM $interactions
    WHERE $matching AND $of_who AND ($any)
)
ARRAY JOIN fitting AS step
