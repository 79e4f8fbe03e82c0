-- Interactions by what the sorting key is made of; copies of one event are removed (FINAL).
SELECT
    interaction_id, event_id, site, event_name, user_action, user_action_description, interacted_image_url,
    content, shadow_content, expert_content, tools_used, role, rating, created_at, received_at, at, user_id,
    visitor_id, session_id, request_id, thread_id, source, agent_version, url, path, title, referrer, utm_source,
    utm_medium, utm_campaign, target_role, target_selector, target_label, target_section, target_href, product_id, x, y, page_x,
    page_y, page_height, viewport_width, viewport_height, scroll_depth, visible_ms, count, value, browser, os, device,
    is_bot, country, language, timezone, props
FROM interactions FINAL
WHERE site IN {sites:Array(String)}
  AND toStartOfHour(at) IN {hours:Array(DateTime('UTC'))}
  AND event_name IN {events:Array(String)}
  AND at IN {times:Array(DateTime64(3, 'UTC'))}
  AND event_id IN {ids:Array(UUID)}
