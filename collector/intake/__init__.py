"""Intake: from the bytes of a request to rows in the spool. `steps.py` lists the steps."""
