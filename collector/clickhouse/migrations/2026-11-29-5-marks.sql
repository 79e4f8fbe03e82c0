-- Or a migration that a power cut forgot would run again, and fill a table with what is there already.
ALTER TABLE migrations MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1
