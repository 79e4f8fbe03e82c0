"""A shop to click in, and visitors who click in it."""
