-- A page of one session's interactions, oldest first, those of one moment in the order they came; copies of one event are removed (FINAL).
SELECT $record, batch_place
FROM interactions FINAL
WHERE site = {site:String}
  AND session_id = {session_id:String}
  AND (created_at, received_at, batch_place, interaction_id)
    > ({after:DateTime64(3, 'UTC')}, {after_received:DateTime64(3, 'UTC')}, {after_place:UInt16}, {after_id:UInt64})
ORDER BY created_at, received_at, batch_place, interaction_id
LIMIT {limit:UInt32}
