"""One insert of JSON lines. The embedded engine takes rows from a file, and the library makes one in the system's
temporary folder, where a kill leaves it: visitors' rows that nobody counts or deletes. A file without a name is gone
with the process (Linux).
"""

import os
from collections.abc import Mapping
from pathlib import Path

from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client

_OPEN_FILES = Path("/proc/self/fd")
NAMELESS = hasattr(os, "memfd_create") and _OPEN_FILES.is_dir()


def insert_lines(
    client: Client, table: str, columns: tuple[str, ...], rows: bytes, settings: Mapping[str, int | str], embedded: bool
) -> None:
    """Insert `rows` as one block. Raises ClickHouseError, OSError."""
    if not (embedded and NAMELESS):
        client.raw_insert(table, column_names=columns, insert_block=rows, fmt="JSONEachRow", settings=dict(settings))
        return
    names = ", ".join(map(quote_identifier, columns))
    chosen = ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())
    with os.fdopen(os.memfd_create("rows"), "wb") as file:
        file.write(rows)
        file.flush()
        source = _OPEN_FILES / str(file.fileno())
        client.command(f"INSERT INTO {table} ({names}) FROM INFILE '{source}' SETTINGS {chosen} FORMAT JSONEachRow")


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
