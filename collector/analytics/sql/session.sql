-- A page of one session's interactions, oldest first; copies of one event are removed (FINAL).
SELECT
    interaction_id, event_id, site, event_name, user_action, user_action_description, interacted_image_url,
    content, shadow_content, expert_content, tools_used, role, rating, created_at, received_at, at, user_id,
    visitor_id, session_id, request_id, thread_id, source, agent_version, url, path, title, referrer, utm_source,
    utm_medium, utm_campaign, target_role, target_selector, target_label, target_section, target_href, product_id, x, y, page_x,
    page_y, page_height, viewport_width, viewport_height, scroll_depth, visible_ms, count, value, browser, os, device,
    is_bot, country, language, timezone, props
FROM interactions FINAL
WHERE site = {site:String}
  AND session_id = {session_id:String}
  AND (created_at, interaction_id) > ({after:DateTime64(3, 'UTC')}, {after_id:UInt64})
ORDER BY created_at, interaction_id
LIMIT {limit:UInt32}
