-- What was deleted, for the other collectors on this database (collector/erasure/sharing.py). `events` and `images`
-- are what only the first to delete could look up, since the rows are gone.
CREATE TABLE IF NOT EXISTS tombstones
(
    id String,
    at_ms Int64,
    kind LowCardinality(String),
    names Array(String),
    all_sites Bool,
    sites Array(String),
    events Array(String),
    image_sites Array(String),
    images Array(String),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
