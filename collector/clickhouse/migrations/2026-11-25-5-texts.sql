-- What search looks in: the texts of conversational interactions, in words (stems) and in meaning (embedding).
-- A row is stored with its words when its segment is (collector/semantic/texts.py), and once more with its embedding
-- when that is made; the copy with the higher version wins. Readers drop copies, and rows whose interaction is gone.
-- * By person first: one person's texts lie together, and most questions are about one person.
-- * `signs` is the embedding with one bit for each number: a million are compared in the time it takes to read 64 MB,
--   and only the nearest 2,000 are compared exactly.
-- * Granules of 128 rows: those compared exactly lie scattered, each is read with its granule, a kilobyte a row.
-- * Stems stand once each, between spaces, so that ` refund ` finds a word and ` refun` a beginning.
CREATE TABLE IF NOT EXISTS texts
(
    user_key String,
    site LowCardinality(String),
    at DateTime64(3, 'UTC'),
    event_id UUID,
    interaction_id UInt64 DEFAULT greatest(1, bitAnd(sipHash64(event_id), 9007199254740991)),
    event_name LowCardinality(String),
    session_id String,
    request_id String,
    created_at DateTime64(3, 'UTC'),
    text String CODEC(ZSTD(1)),
    stems String,
    length UInt32,
    model LowCardinality(String),
    embedding Array(BFloat16) CODEC(NONE),
    signs Array(UInt64) CODEC(NONE),
    version UInt64,
    INDEX stem_index stems TYPE text(tokenizer = splitByString([' '])),
    INDEX created_at_range created_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (user_key, site, at, event_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    index_granularity = 128
