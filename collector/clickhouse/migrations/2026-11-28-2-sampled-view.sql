-- What becomes an interaction and is chosen goes into the sample as it is. From here and not from `incoming`: the planning
-- of a second view that takes record batches apart cost each insert 8 ms more, however small.
CREATE MATERIALIZED VIEW IF NOT EXISTS interactions_to_sampled TO sampled AS
SELECT * FROM interactions WHERE session_hash % 32 = 0 OR visitor_hash % 32 = 0
