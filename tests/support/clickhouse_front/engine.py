"""Statements on chDB. One engine a process; each call has a handle of its own, which costs some 0.1 ms.

So settings, the current database and parameters end with the call, as they do on a server.
"""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chdb

from tests.support.clickhouse_front.errors import SESSION_IS_LOCKED, ClickHouseError, from_engine
from tests.support.clickhouse_front.request import Call
from tests.support.clickhouse_front.statement import can_stream, kind_of, output_format, split_insert


@dataclass
class Answer:
    """A result: its bytes in parts (one part unless streamed), its format if it has rows, the counts."""

    chunks: Iterator[bytes]
    format: str = ""
    streamed: bool = False
    summary: dict[str, str] = field(default_factory=dict)


class Engine:
    def __init__(self, path: str) -> None:
        """Opens, or makes, the database in this folder; bodies of inserts pass through `{path}.inbox`.

        Raises RuntimeError when another process has it open.
        """
        self._path = path
        self._keeper = self._open()  # keeps the engine open between calls
        self._inbox = Path(f"{path}.inbox")
        shutil.rmtree(self._inbox, ignore_errors=True)  # what a killed process left
        self._inbox.mkdir(parents=True)
        self._sessions: set[str] = set()
        self._lock = threading.Lock()
        row = self._keeper.query("SELECT version(), timezone()", "TabSeparated").bytes().decode()
        self.version, self.timezone = row.rstrip("\n").split("\t")

    def close(self) -> None:
        self._keeper.close()

    def _open(self) -> Any:
        """A handle; its annotations name text only, but it takes bytes too."""
        return chdb.connect(self._path)

    @contextmanager
    def run(self, call: Call) -> Iterator[Answer]:
        """The answer is valid inside the context. Raises ClickHouseError, also while chunks are read."""
        with self._session(call.session_id), closing(self._open()) as handle:
            try:
                self._prepare(handle, call)
                if (insert := split_insert(call.sql)) is not None:
                    with self._file_with(insert.data) as path:
                        result = handle.query(insert.from_file(path), "TabSeparated", params=call.params)
                    yield Answer(iter([b""]), summary=_summary(result, wrote=True))
                    return
                kind = kind_of(call.sql)
                answer_format = output_format(call.sql, call.default_format) if kind == "select" else ""
                if call.stream and can_stream(call.sql, answer_format):
                    yield _streaming(handle, call, answer_format)
                    return
                result = handle.query(call.sql, call.default_format, params=call.params)
                summary = _summary(result, wrote=kind == "insert")
                yield Answer(iter([result.bytes() or b""]), answer_format, summary=summary)
            except chdb.ChdbError as error:
                raise from_engine(error) from error

    @contextmanager
    def _session(self, name: str) -> Iterator[None]:
        """A session takes one query at a time, as on a server."""
        if not name:
            yield
            return
        with self._lock:
            if name in self._sessions:
                raise ClickHouseError(SESSION_IS_LOCKED, f"Session {name} is locked by a concurrent client.")
            self._sessions.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._sessions.discard(name)

    @contextmanager
    def _file_with(self, data: bytes) -> Iterator[str]:
        path = self._inbox / uuid.uuid4().hex
        try:
            path.write_bytes(data)
            yield str(path)
        finally:
            path.unlink(missing_ok=True)

    @staticmethod
    def _prepare(handle: Any, call: Call) -> None:
        if call.database:
            name = call.database.replace("\\", "\\\\").replace("`", "\\`")
            handle.query(f"USE `{name}`", "TabSeparated")
        settings = {**call.settings, **({"readonly": "2"} if call.readonly else {})}
        if settings:
            pairs = (f"`{name.replace('`', '')}` = {_quoted(value)}" for name, value in settings.items())
            handle.query(f"SET {', '.join(pairs)}", "TabSeparated")


def _streaming(handle: Any, call: Call, answer_format: str) -> Answer:
    """An answer block by block. The first block is there already, so a wrong query has failed by now."""
    stream = handle.send_query(call.sql, call.default_format, params=call.params)
    first = next(stream, None)

    def chunks() -> Iterator[bytes]:
        try:
            if first is not None:
                yield first.bytes()
            for part in stream:
                yield part.bytes()
        except chdb.ChdbError as error:
            raise from_engine(error) from error
        finally:
            stream.close()

    return Answer(chunks(), answer_format, streamed=True)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _summary(result: Any, wrote: bool) -> dict[str, str]:
    """X-ClickHouse-Summary: counts as strings."""
    rows, size = str(result.rows_read()), str(result.bytes_read())
    return {
        "read_rows": rows,
        "read_bytes": size,
        "written_rows": str(result.rows_written()) if wrote else "0",
        "written_bytes": str(result.bytes_written()) if wrote else "0",
        "total_rows_to_read": "0",
        "result_rows": str(result.rows_written()) if wrote else rows,
        "result_bytes": str(result.bytes_written()) if wrote else str(result.size()),
        "elapsed_ns": str(int(result.elapsed() * 1e9)),
    }
