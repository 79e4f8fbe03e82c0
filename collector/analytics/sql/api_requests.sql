-- The interactions of some sessions' requests: newest request first, in each the oldest interaction first.
SELECT
    interaction_id, multiIf(user_id != '', user_id, visitor_id != '', visitor_id, concat('anon:', session_id)) AS who,
    request_id, session_id, source, agent_version, role, content, user_action, user_action_description,
    interacted_image_url, url, shadow_content, expert_content, tools_used,
    intDiv(toUnixTimestamp64Milli(created_at), 1000) AS second,
    intDiv(toUnixTimestamp64Milli(received_at), 1000) AS received,
    JSONExtractUInt(props, 'publish', 'place') AS place,
    JSONExtractRaw(props, 'publish') AS publish
FROM interactions FINAL
WHERE ({all_sites:Bool} OR site IN {sites:Array(String)})
  AND session_id IN {sessions:Array(String)}
  AND received_at >= {from:DateTime64(3, 'UTC')} AND received_at < {to:DateTime64(3, 'UTC')}
  AND ({user_id:String} = '' OR user_id = {user_id:String} OR (user_id = '' AND visitor_id = {user_id:String})
    OR (user_id = '' AND visitor_id = '' AND session_id = {anonymous:String} AND {anonymous:String} != ''))
  AND ({request_id:String} = '' OR request_id = {request_id:String})
  AND (NOT {by_source:Bool} OR source = {source:String})
ORDER BY received_at DESC, request_id, second, place, created_at, batch_place, interaction_id
