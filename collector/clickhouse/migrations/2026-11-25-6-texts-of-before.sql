-- Interactions stored before there was a search: their words and embeddings are made as those of new ones.
INSERT INTO texts (user_key, site, at, event_id, event_name, session_id, request_id, created_at, text)
SELECT
    multiIf(user_id != '', user_id, visitor_id != '', visitor_id, concat('anon:', session_id)),
    site, at, event_id, event_name, session_id, request_id, created_at,
    arrayStringConcat(arrayFilter(part -> part != '', [content, expert_content]), '\n')
FROM interactions
WHERE content != '' OR expert_content != ''
