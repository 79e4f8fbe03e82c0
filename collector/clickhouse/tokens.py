"""Which inserts the embedded engine knows, made durable.

It syncs an insert's rows, and not the token it writes beside them. After a power cut the rows would be there and the
token gone: an insert that is then repeated, because nobody knows any more that it was delivered, would be stored twice.
What is left is the moment between the two: such copies are merged (`delivery/copies.py`).
"""

import os
from pathlib import Path

_TOKENS = "store/*/*/deduplication_logs"


def sync_tokens(folder: Path) -> None:
    """Sync the tokens of all tables of the engine in `folder`, and that their files are there. Raises OSError."""
    for tokens in folder.glob(_TOKENS):
        for path in (*tokens.iterdir(), tokens):
            _sync(path)


def _sync(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # the engine keeps two files and deletes older ones
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
