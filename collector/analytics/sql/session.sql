-- A page of one session's interactions, oldest first; copies of one event are removed (FINAL).
SELECT $record
FROM interactions FINAL
WHERE site = {site:String}
  AND session_id = {session_id:String}
  AND (created_at, interaction_id) > ({after:DateTime64(3, 'UTC')}, {after_id:UInt64})
ORDER BY created_at, interaction_id
LIMIT {limit:UInt32}
