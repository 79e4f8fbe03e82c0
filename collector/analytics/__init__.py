"""Questions over time: one `.sql` file each, server-side parameters, typed results."""
