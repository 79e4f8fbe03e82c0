-- Rows in the sample of sessions: all of a window, and those that a question is about.
SELECT count() AS rows, countIf($about) AS count
FROM sampled
WHERE $where AND session_hash % 32 = 0
