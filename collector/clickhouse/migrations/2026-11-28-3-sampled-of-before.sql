-- The sample of what was stored before it was kept. Run twice, it makes copies, which are removed like others.
INSERT INTO sampled SELECT * FROM interactions WHERE session_hash % 32 = 0 OR visitor_hash % 32 = 0
