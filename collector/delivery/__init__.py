"""Delivery: the consumers of the spool."""
