-- A page of interactions in a window, newest first, of one moment what came last first; copies of one event are removed (FINAL).
SELECT
    interaction_id, event_id, site, event_name, user_action, user_action_description, interacted_image_url,
    content, shadow_content, expert_content, tools_used, role, rating, created_at, received_at, at, user_id,
    visitor_id, session_id, request_id, thread_id, source, agent_version, url, path, title, referrer, utm_source,
    utm_medium, utm_campaign, target_role, target_selector, target_label, target_section, target_href, product_id, x, y, page_x,
    page_y, page_height, viewport_width, viewport_height, scroll_depth, visible_ms, count, value, browser, os, device,
    is_bot, country, language, timezone, props, batch_place
FROM interactions FINAL
WHERE ({all_sites:Bool} OR site IN {sites:Array(String)})
  AND created_at >= {from:DateTime64(3, 'UTC')} AND created_at < {to:DateTime64(3, 'UTC')}
  AND ({event:String} = '' OR event_name = {event:String})
  AND ({user_id:String} = '' OR user_id = {user_id:String})
  AND ({session_id:String} = '' OR session_id = {session_id:String})
  AND (created_at, received_at, batch_place, interaction_id)
    < ({before:DateTime64(3, 'UTC')}, {before_received:DateTime64(3, 'UTC')}, {before_place:UInt16}, {before_id:UInt64})
ORDER BY created_at DESC, received_at DESC, batch_place DESC, interaction_id DESC
LIMIT {limit:UInt32}
