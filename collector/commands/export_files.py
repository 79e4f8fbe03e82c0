"""The files an export is written to: JSON lines, or Parquet. Both appear when they are whole."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import UnionType
from typing import IO, Any, Protocol, get_args

import orjson

from collector.wire.reading import Interaction

ROW_GROUP = 50_000
_JSON = frozenset({"props", "tools_used"})


class Unwritable(Exception):
    """The file can't be written; the message says why."""


class Writing(Protocol):
    """Takes JSON lines, whole ones."""

    def write(self, lines: Sequence[bytes]) -> None: ...

    def close(self) -> None: ...


class NdjsonFile:
    """The lines as they come."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, lines: Sequence[bytes]) -> None:
        self._file.writelines(line + b"\n" for line in lines)

    def close(self) -> None:
        self._file.flush()


class ParquetFile:
    """A column for each field of a record; times are timestamps in UTC, `props` and `tools_used` are JSON texts."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            import pyarrow.parquet  # noqa: PLC0415 - a server may do without
        except ImportError:
            raise Unwritable("Parquet needs pyarrow: pip install pyarrow; or use --format ndjson") from None
        self._arrow = pyarrow
        self._kinds = {name: self._kind(field.annotation) for name, field in Interaction.model_fields.items()}
        schema = pyarrow.schema([(name, kind) for name, kind in self._kinds.items()])
        self._writer = pyarrow.parquet.ParquetWriter(file, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def _kind(self, annotation: Any) -> Any:
        arrow = self._arrow
        inner = next(kind for kind in get_args(annotation) if kind is not type(None)) if isinstance(annotation, UnionType) else annotation  # fmt: skip
        if inner.__name__ == "datetime":
            return arrow.timestamp("ms", tz="UTC")
        if annotation is int:
            return arrow.int64()
        return {bool: arrow.bool_(), int: arrow.float64(), float: arrow.float64()}.get(inner, arrow.string())

    def write(self, lines: Sequence[bytes]) -> None:
        self._rows += map(orjson.loads, lines)
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if rows:
            columns = [self._column(name, [row.get(name) for row in rows]) for name in self._kinds]
            self._writer.write_table(self._arrow.table(columns, schema=self._writer.schema))

    def _column(self, name: str, values: list[Any]) -> Any:
        kind = self._kinds[name]
        if name in _JSON:
            values = [None if value is None else orjson.dumps(value).decode() for value in values]
        if self._arrow.types.is_timestamp(kind):
            return self._arrow.array(values, self._arrow.string()).cast(kind)
        if name == "is_bot":
            values = [bool(value) for value in values]
        return self._arrow.array(values, kind)


KINDS: dict[str, type[NdjsonFile] | type[ParquetFile]] = {"ndjson": NdjsonFile, "parquet": ParquetFile}


@contextmanager
def _unwritable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(f"{path}: {error.strerror or error}") from error


class _Telling:
    """Writes; what the disk refuses is Unwritable, so that it is told from what befalls who brings the lines."""

    def __init__(self, writing: Writing, path: Path) -> None:
        self._writing = writing
        self._path = path

    def write(self, lines: Sequence[bytes]) -> None:
        with _unwritable(self._path):
            self._writing.write(lines)

    def close(self) -> None:
        with _unwritable(self._path):
            self._writing.close()


@contextmanager
def open_file(path: Path, kind: str) -> Iterator[Writing]:
    """A file that is there when all went well, and else not. Raises Unwritable."""
    if path.is_dir():
        raise Unwritable(f"{path} is a folder; name a file in it")
    path = path.resolve()  # a link goes on leading to it
    if path.exists() and not path.is_file():
        raise Unwritable(f"{path} is no file; write to one, and pass it on from there")
    partial = path.parent / f"{path.name}.part"
    with _unwritable(path):
        file = open(partial, "wb")  # noqa: SIM115 - closed below; not every error on the way is of the file
    try:
        writing = _Telling(KINDS[kind](file), path)
        try:
            yield writing
        finally:
            writing.close()
        with _unwritable(path):
            file.flush()
            os.fsync(file.fileno())
            os.replace(partial, path)
    finally:
        with suppress(OSError):  # it was told, or all is on disk
            file.close()
        partial.unlink(missing_ok=True)
