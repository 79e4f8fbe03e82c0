"""Long lists as parameters: a server takes at most 128 KiB for one (http_max_field_value_size), in an address or a form.

A list that is longer is cut into several parameters, and the statement puts them together again.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clickhouse_connect.driver.client import Client

MOST_BYTES = 32 * 1024
"""Of a part before it is quoted, which takes four times as much at most."""
_QUOTES = 3


def raw_query(client: Client, sql: str, parameters: Mapping[str, object], **options: Any) -> bytes:
    """The client's own, which puts many parameters into a form, for lists of any length. Raises ClickHouseError,
    OSError."""
    sql, values = cut(sql, parameters if "{" in sql else {})  # where it finds no place for them, it formats with `%`
    return bytes(client.raw_query(sql, parameters=values, **options))


def cut(sql: str, parameters: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
    """The statement and its parameters, none of them a long list."""
    short: dict[str, Any] = dict(parameters)
    for name, value in parameters.items():
        if isinstance(value, list) and len(parts := list(_parts(value))) > 1:
            del short[name]
            names = [f"{name}_part{number}" for number in range(len(parts))]
            short |= zip(names, parts, strict=True)
            joined = ", ".join(rf"{{{part}:\1}}" for part in names)
            sql = re.sub(rf"\{{{name}:([^{{}}]+)\}}", f"arrayConcat({joined})", sql)
    return sql, short


def _parts(values: list[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    size = 0
    for value in values:
        own = len(str(value).encode()) + _QUOTES
        if part and size + own > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(value)
        size += own
    yield part
