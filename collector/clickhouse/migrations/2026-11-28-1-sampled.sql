-- One session and one visitor in 32, with all their rows: what questions about more rows than can be read in time are
-- asked of (collector/query/sample.py). Same columns, key and removal of copies as `interactions`.
CREATE TABLE IF NOT EXISTS sampled AS interactions
ENGINE = ReplacingMergeTree(version)
PARTITION BY if(at >= '2020-01-01 00:00:00' AND at < '2044-01-01 00:00:00', toYYYYMM(toStartOfQuarter(at)), 0)
ORDER BY (site, toStartOfHour(at), event_name, session_id, at, event_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_bytes_for_wide_part = 134217728, min_rows_for_wide_part = 0
