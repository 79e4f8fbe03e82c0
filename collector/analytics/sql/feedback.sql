-- What people wrote and were told, newest first; copies of one event are removed (FINAL).
SELECT $record, session_hash
FROM interactions FINAL
WHERE $matching
    AND (content != '' OR expert_content != '')
    AND ({q:String} = '' OR positionCaseInsensitiveUTF8(content, {q:String}) > 0
        OR positionCaseInsensitiveUTF8(expert_content, {q:String}) > 0)
    AND $among
    AND (created_at, interaction_id) < ({before:DateTime64(3, 'UTC')}, {before_id:UInt64})
ORDER BY created_at DESC, interaction_id DESC
LIMIT {limit:UInt32}
