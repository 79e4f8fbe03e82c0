-- Texts that no copy of has an embedding by the model in use, oldest first.
SELECT user_key, site, at, event_id, interaction_id, event_name, session_id, request_id, created_at, text, stems, length,
    stored_at
FROM texts
WHERE model != {model:String}
  AND interaction_id NOT IN
  (
      SELECT interaction_id FROM texts
      WHERE model = {model:String}
        AND interaction_id IN (SELECT interaction_id FROM texts WHERE model != {model:String})
  )
ORDER BY version, created_at
LIMIT {limit:UInt32}
