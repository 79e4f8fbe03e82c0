"""What every question shares: the time window, filters, the cursor."""
