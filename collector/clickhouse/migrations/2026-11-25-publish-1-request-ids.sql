-- Requests are looked up and deleted by id. The index is built as parts merge.
ALTER TABLE interactions ADD INDEX IF NOT EXISTS request_ids request_id TYPE bloom_filter(0.01) GRANULARITY 2
