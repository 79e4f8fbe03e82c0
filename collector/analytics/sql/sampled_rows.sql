-- Rows in the sample of sessions that a question is about.
SELECT count() AS count
FROM sampled
WHERE $where AND $about AND session_hash % 32 = 0
