-- The newest of what was stored since a moment; the caller turns them round.
SELECT
    interaction_id, event_id, site, event_name, user_action, user_action_description, interacted_image_url, content,
    expert_content, role, rating, created_at, received_at, user_id, visitor_id, session_id, source, url, path, title,
    target_label, product_id, scroll_depth, value, browser, os, device, is_bot, country, props
FROM interactions FINAL
WHERE received_at >= {since:DateTime64(3, 'UTC')} AND received_at < {until:DateTime64(3, 'UTC')}
ORDER BY received_at DESC, created_at DESC, interaction_id DESC
LIMIT {limit:UInt32}
