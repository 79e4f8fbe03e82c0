"""The engine's settings for inserts and for questions."""

INDEXED = frozenset({"texts"})
"""Tables whose indexes are needed at once: which words there are is asked of the index alone."""
INSERT = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    # one block, whatever the segment's size: the token stands for a block
    "max_insert_block_size": 10_000_000,
    "min_insert_block_size_rows": 10_000_000,
    "min_insert_block_size_bytes": 1_073_741_824,
    # 9.1 -> 5.4 µs of CPU a row: copies meet at merges anyway, indexes are built there, one thread is enough
    "optimize_on_insert": 0,
    "input_format_parallel_parsing": 0,
    "max_insert_threads": 1,
    "input_format_skip_unknown_fields": 1,
    "input_format_json_read_objects_as_strings": 1,
    "input_format_json_read_arrays_as_strings": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
}
READ = {
    "date_time_output_format": "iso",
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_escape_forward_slashes": 0,
    "output_format_json_validate_utf8": 1,
}
READ_EMBEDDED = {
    # of `created_at`, by which every window is cut out: when a question is planned, not part by part as it is read
    "use_skip_indexes_on_data_read": 0,
    # fewer, larger blocks: a question that reads long texts of many rows takes a seventh less
    "preferred_block_size_bytes": 4_000_000,
}
