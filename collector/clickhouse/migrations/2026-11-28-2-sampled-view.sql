-- Record batches become sampled interactions as they become interactions. What chooses is the batch's alone, so that of
-- 31 in 32 nothing else is looked at. The columns are those of `incoming_to_interactions`; a test compares them.
CREATE MATERIALIZED VIEW IF NOT EXISTS incoming_to_sampled TO sampled AS
SELECT
    batch.site AS site,
    batch.request_id AS request_id,
    batch.session_id AS session_id,
    batch.visitor_id AS visitor_id,
    batch.user_id AS user_id,
    batch.source AS source,
    batch.agent_version AS agent_version,
    batch.received_at AS received_at,
    batch.browser AS browser,
    batch.os AS os,
    batch.device AS device,
    batch.is_bot AS is_bot,
    batch.country AS country,
    batch.language AS language,
    batch.timezone AS timezone,
    batch.viewport_width AS viewport_width,
    batch.viewport_height AS viewport_height,
    fromUnixTimestamp64Milli(batch.at_ms[place], 'UTC') AS at,
    fromUnixTimestamp64Milli(batch.at_ms[place] + batch.offset_ms, 'UTC') AS created_at,
    batch.event_id[place] AS event_id,
    batch.event_name[place] AS event_name,
    batch.url[place] AS url,
    batch.title[place] AS title,
    batch.interacted_image_url[place] AS interacted_image_url,
    batch.x[place] AS x,
    batch.y[place] AS y,
    batch.page_x[place] AS page_x,
    batch.page_y[place] AS page_y,
    batch.referrer[place] AS referrer,
    batch.count[place] AS count,
    batch.scroll_depth[place] AS scroll_depth,
    batch.page_height[place] AS page_height,
    batch.visible_ms[place] AS visible_ms,
    batch.product_id[place] AS product_id,
    batch.content[place] AS content,
    batch.value[place] AS value,
    batch.rating[place] AS rating,
    batch.role[place] AS role,
    batch.expert_content[place] AS expert_content,
    batch.shadow_content[place] AS shadow_content,
    batch.tools_used[place] AS tools_used,
    batch.thread_id[place] AS thread_id,
    batch.props[place] AS props,
    batch.target_role[place] AS target_role,
    batch.target_label[place] AS target_label,
    batch.target_selector[place] AS target_selector,
    batch.target_href[place] AS target_href,
    batch.target_section[place] AS target_section,
    batch.user_action_description[place] AS user_action_description,
    batch.user_action[place] AS user_action,
    place AS batch_place
FROM
(
    SELECT *
    FROM incoming
    WHERE sipHash64(site, session_id) % 32 = 0
        OR sipHash64(site, multiIf(user_id != '', user_id, visitor_id != '', visitor_id, session_id)) % 32 = 0
) AS batch
ARRAY JOIN arrayEnumerate(batch.event_id) AS place
