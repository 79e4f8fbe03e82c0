-- Sessions that have requests of a kind, the one with the newest request first.
SELECT session_id, max(received_at) AS newest
FROM interactions
WHERE ({all_sites:Bool} OR site IN {sites:Array(String)})
  AND received_at >= {from:DateTime64(3, 'UTC')} AND received_at < {to:DateTime64(3, 'UTC')}
  AND ({user_id:String} = '' OR user_id = {user_id:String} OR (user_id = '' AND visitor_id = {user_id:String})
    OR (user_id = '' AND visitor_id = '' AND session_id = {anonymous:String} AND {anonymous:String} != ''))
  AND ({request_id:String} = '' OR request_id = {request_id:String})
  AND ({session_id:String} = '' OR session_id = {session_id:String})
  AND (NOT {by_source:Bool} OR source = {source:String})
GROUP BY session_id
ORDER BY newest DESC, session_id
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
