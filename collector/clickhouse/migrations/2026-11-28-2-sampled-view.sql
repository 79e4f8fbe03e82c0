-- What becomes an interaction and is chosen goes into the sample as it is. From here and not from `incoming`: the planning
-- of a second view that takes record batches apart cost each insert 8 ms more, however small. Columns by name: one of a
-- later version must not stop this one. A test compares them.
CREATE MATERIALIZED VIEW IF NOT EXISTS interactions_to_sampled TO sampled AS
SELECT
    site, event_id, event_name, user_action, user_action_description, interacted_image_url, content,
    shadow_content, expert_content, tools_used, role, rating, at, created_at, received_at, user_id, visitor_id,
    session_id, request_id, thread_id, source, agent_version, url, path, title, referrer, utm_source,
    utm_medium, utm_campaign, target_role, target_selector, target_label, target_section, target_href,
    product_id, x, y, page_x, page_y, page_height, viewport_width, viewport_height, scroll_depth, visible_ms,
    count, value, browser, os, device, is_bot, country, language, timezone, props, batch_place
FROM interactions
WHERE session_hash % 32 = 0 OR visitor_hash % 32 = 0
