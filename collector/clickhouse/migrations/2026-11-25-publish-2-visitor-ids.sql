-- A person without a user id is asked for by the visitor's id.
ALTER TABLE interactions ADD INDEX IF NOT EXISTS visitor_ids visitor_id TYPE bloom_filter(0.01) GRANULARITY 2
