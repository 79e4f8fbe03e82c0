-- A page of interactions in a window, newest first, of one moment what came last first; copies of one event are removed (FINAL).
SELECT $record, batch_place
FROM interactions FINAL
WHERE ({all_sites:Bool} OR site IN {sites:Array(String)})
  AND created_at >= {from:DateTime64(3, 'UTC')} AND created_at < {to:DateTime64(3, 'UTC')}
  AND ({event:String} = '' OR event_name = {event:String})
  AND ({user_id:String} = '' OR user_id = {user_id:String})
  AND ({session_id:String} = '' OR session_id = {session_id:String})
  AND $older
ORDER BY created_at DESC, received_at DESC, batch_place DESC, interaction_id DESC
LIMIT {limit:UInt32}
