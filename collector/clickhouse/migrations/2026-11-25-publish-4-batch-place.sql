-- Its place in its batch, from 1: what happened in the same millisecond, and items of a publish in the same second,
-- are told in the order in which they were sent. Rows of before have 0.
ALTER TABLE interactions ADD COLUMN IF NOT EXISTS batch_place UInt16
