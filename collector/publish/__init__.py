"""Publishing: interactions that a program sends, on the same spool, table and promises as beacons."""
