-- What a session did in a window of the browser's time, oldest first, each event once: what the forwarder sends.
SELECT
    event_id, event_name, user_action, user_action_description, interacted_image_url, content, shadow_content,
    expert_content, tools_used, role, toUnixTimestamp(created_at) AS created_s, user_id, visitor_id, session_id,
    source, agent_version,
    toUnixTimestamp64Milli(if(visitor_id != '', least(received_at, created_at), received_at)) AS came_ms,
    JSONExtractRaw(props, 'publish') AS publish
FROM interactions FINAL
WHERE site = {site:String} AND session_id = {session_id:String}
  AND at >= {from:DateTime64(3, 'UTC')} AND at < {to:DateTime64(3, 'UTC')}
ORDER BY created_at, at, received_at, request_id, batch_place, content != '' OR expert_content != '', event_id
LIMIT {most:UInt32}
