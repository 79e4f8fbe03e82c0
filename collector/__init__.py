"""A collector of what visitors do on a web page."""

__version__ = "0.1.0"
