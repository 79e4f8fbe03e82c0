-- What the retention of texts counts from: their interactions may tell of years ago.
ALTER TABLE texts ADD COLUMN IF NOT EXISTS stored_at DateTime DEFAULT now()
