-- The last interactions before some others, in the same sessions, newest first.
SELECT target.1 AS target_id, event_name, user_action_description, path, created_at
FROM interactions FINAL
ARRAY JOIN arrayFilter(
    one -> one.2 = session_hash AND (created_at, received_at, batch_place, interaction_id) < (one.3, one.4, one.5, one.1),
    arrayZip({ids:Array(UInt64)}, {hashes:Array(UInt64)}, {times:Array(DateTime64(3, 'UTC'))},
        {received:Array(DateTime64(3, 'UTC'))}, {places:Array(UInt16)})
) AS target
WHERE site IN {sites:Array(String)}
    AND session_id IN {sessions:Array(String)}
    AND session_hash IN {hashes:Array(UInt64)}
    AND created_at >= {from:DateTime64(3, 'UTC')} AND created_at <= {to:DateTime64(3, 'UTC')}
ORDER BY created_at DESC, received_at DESC, batch_place DESC, interaction_id DESC
LIMIT {limit:UInt32} BY target_id
