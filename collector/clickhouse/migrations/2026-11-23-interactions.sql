-- The table of interactions. Why it looks like this (figures: make bench ARGS=table):
-- * Sorting key: questions name a site and a window, most an event; a session's rows lie together. It and the
--   partition use the browser's time `at`, which a resend never changes, and end in the event's id, so that
--   copies of one event meet and ReplacingMergeTree keeps the one received first (the highest `version`).
-- * Quarters from 2020 to 2043 are at most 96 partitions, and times outside share one: an insert may touch 100.
-- * created_at, the corrected time that questions use, and received_at follow `at` closely: a minmax index prunes
--   (the newest 100 of two million: 14 ms instead of 73).
-- * visitor_hash counts people without reading strings: 11 ms instead of 21 on 2 million rows.
-- * Eight columns that people group by are LowCardinality: by browser 9 ms instead of 17. For all short texts it
--   costs 2 µs a row at insertion and gains nothing.
-- * The server's own codec (LZ4) inserts faster than ZSTD (6.1 against 6.9 µs a row), reads faster and is no larger
--   on this data; only long texts are ZSTD.
-- * A segment of up to 128 MB becomes one file and not one for each column: 5.6 -> 4.5 µs a row, merges included.
CREATE TABLE IF NOT EXISTS interactions
(
    site LowCardinality(String),
    event_id UUID,
    event_name LowCardinality(String),
    user_action LowCardinality(String),
    user_action_description String,
    interacted_image_url String,
    content String CODEC(ZSTD(1)),
    shadow_content String CODEC(ZSTD(1)),
    expert_content String CODEC(ZSTD(1)),
    tools_used String CODEC(ZSTD(1)),
    role String,
    rating Nullable(Float32),
    at DateTime64(3, 'UTC'),
    created_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    user_id String,
    visitor_id String,
    session_id String,
    request_id String,
    thread_id String,
    source LowCardinality(String),
    agent_version String,
    url String,
    path String DEFAULT path(url),
    title String,
    referrer String,
    utm_source String DEFAULT decodeURLFormComponent(extractURLParameter(url, 'utm_source')),
    utm_medium String DEFAULT decodeURLFormComponent(extractURLParameter(url, 'utm_medium')),
    utm_campaign String DEFAULT decodeURLFormComponent(extractURLParameter(url, 'utm_campaign')),
    target_role LowCardinality(String),
    target_selector String,
    target_label String,
    target_section String,
    target_href String,
    product_id String,
    x Nullable(Float32),
    y Nullable(Float32),
    page_x Nullable(Float32),
    page_y Nullable(Float32),
    page_height Nullable(Float32),
    viewport_width Nullable(Float32),
    viewport_height Nullable(Float32),
    scroll_depth Nullable(Float32),
    visible_ms Nullable(Float32),
    count Nullable(Float32),
    value Nullable(Float64),
    browser LowCardinality(String),
    os LowCardinality(String),
    device LowCardinality(String),
    is_bot Bool,
    country LowCardinality(String),
    language String,
    timezone String,
    props String CODEC(ZSTD(1)),
    interaction_id UInt64 MATERIALIZED greatest(1, bitAnd(sipHash64(event_id), 9007199254740991)),
    visitor_hash UInt64 MATERIALIZED sipHash64(site, multiIf(user_id != '', user_id, visitor_id != '', visitor_id, session_id)),
    version UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(received_at),
    INDEX created_at_range created_at TYPE minmax GRANULARITY 1,
    INDEX received_at_range received_at TYPE minmax GRANULARITY 1,
    INDEX user_ids user_id TYPE bloom_filter(0.01) GRANULARITY 2,
    INDEX session_ids session_id TYPE bloom_filter(0.01) GRANULARITY 2
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY if(at >= '2020-01-01 00:00:00' AND at < '2044-01-01 00:00:00', toYYYYMM(toStartOfQuarter(at)), 0)
ORDER BY (site, toStartOfHour(at), event_name, session_id, at, event_id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    min_bytes_for_wide_part = 134217728, min_rows_for_wide_part = 0
