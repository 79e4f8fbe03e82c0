-- What people wrote and were told, newest first, of one moment what came last first; copies of one event are removed (FINAL).
SELECT $record, session_hash, batch_place
FROM interactions FINAL
WHERE $matching
    AND (content != '' OR expert_content != '')
    AND ({q:String} = '' OR positionCaseInsensitiveUTF8(content, {q:String}) > 0
        OR positionCaseInsensitiveUTF8(expert_content, {q:String}) > 0)
    AND $among
    AND $older
ORDER BY created_at DESC, received_at DESC, batch_place DESC, interaction_id DESC
LIMIT {limit:UInt32}
