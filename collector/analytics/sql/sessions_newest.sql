-- Sessions by the first of their interactions in a part of the window, newest first.
SELECT session_hash, bitAnd(session_hash, 9007199254740991) AS session_key, min(created_at) AS started_at
FROM $interactions
WHERE $where AND created_at >= {low:DateTime64(3, 'UTC')} AND created_at < {high:DateTime64(3, 'UTC')}
GROUP BY session_hash
HAVING $having AND (started_at, session_key) < ({before:DateTime64(3, 'UTC')}, {before_key:UInt64})
ORDER BY started_at DESC, session_key DESC
LIMIT {limit:UInt32}
SETTINGS prefer_column_name_to_alias = 1
