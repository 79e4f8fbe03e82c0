-- Counting sessions reads 8 bytes a row and not a text of 36; those of two sites never count as one.
-- Parts written before compute it when it is read.
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS session_hash UInt64 MATERIALIZED sipHash64(site, session_id)
