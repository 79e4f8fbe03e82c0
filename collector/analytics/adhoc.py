"""Questions in SQL, as somebody wrote them: their limits, their formats, and how they fail.

`adhoc_embedded.py` and `adhoc_server.py` ask them; both let the engine refuse what is not reading.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from clickhouse_connect.driver.binding import format_bind_value

MOST_BYTES = 64 << 20

FORMATS = {
    "json": ("JSON", "application/json"),
    "ndjson": ("JSONEachRow", "application/x-ndjson"),
    "csv": ("CSVWithNames", "text/csv; charset=utf-8; header=present"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
    "arrow": ("ArrowStream", "application/vnd.apache.arrow.stream"),
}
"""Our name of a format → the engine's, and the media type."""

_LIMIT_CODES = frozenset({158, 159, 160, 241, 307, 396})
"""TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES."""


@dataclass(frozen=True)
class SqlQuestion:
    """The text, the name of a format of `FORMATS`, and values for `{name:Type}` in the text."""

    sql: str
    format: str
    parameters: Mapping[str, object]

    @property
    def bound(self) -> dict[str, str]:
        """The parameters as the engine reads them."""
        return {name: str(format_bind_value(value)) for name, value in self.parameters.items()}


@dataclass(frozen=True)
class SqlLimits:
    """What one question may take: seconds, rows and bytes of the answer, bytes of memory."""

    seconds: int
    rows: int
    memory: int

    @property
    def settings(self) -> dict[str, int | str]:
        """As the engine's settings; `readonly` forbids changing any."""
        return {
            "max_execution_time": self.seconds,
            "timeout_overflow_mode": "throw",
            "max_result_rows": self.rows,
            "max_result_bytes": MOST_BYTES,
            "result_overflow_mode": "throw",
            "max_memory_usage": self.memory,
            "max_threads": 2,
            "http_max_tries": 1,
            "output_format_json_quote_64bit_integers": 0,
            "output_format_json_escape_forward_slashes": 0,
            "output_format_json_validate_utf8": 1,
            "date_time_output_format": "iso",
            "readonly": 1,
        }


class SqlFailed(Exception):
    """The engine refused the question, or could not answer it within the limits."""

    def __init__(self, message: str) -> None:
        super().__init__(tidy(message))
        code = re.match(r"\s*Code: (\d+)", message)
        self.over_limit = bool(code) and int(code[1]) in _LIMIT_CODES if code else False


class SqlNeedsServer(Exception):
    """The embedded engine can't be asked this way here; the message says why."""


class SqlUnavailable(Exception):
    """The engine can't be reached, or is not set up for it; the message says what to do."""


class Asker(Protocol):
    """Asks a question for a caller that may read some sites, or all (None)."""

    async def ask(self, question: SqlQuestion, sites: Sequence[str] | None) -> bytes:
        """The answer in the wanted format. Raises SqlFailed, SqlNeedsServer, SqlUnavailable."""


def tidy(message: str) -> str:
    """An engine's message without its version, stack and repetitions."""
    message = re.sub(r"(Code: \d+\. )?DB::(\w+)?Exception: ", "", message)
    message = message.split(" Stack trace")[0].split("(version ")[0]
    return re.sub(r"\s+", " ", message).strip()[:1000]
