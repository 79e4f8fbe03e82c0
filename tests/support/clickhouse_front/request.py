"""One HTTP request in ClickHouse's terms: statement, settings, parameters, where they came from."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from tests.support.clickhouse_front import coding
from tests.support.clickhouse_front.errors import NOT_IMPLEMENTED, POCO_EXCEPTION, ClickHouseError
from tests.support.clickhouse_front.statement import Kind, kind_of

PEEK = 256 * 1024
MOST_FIELD_BYTES = 128 * 1024
"""The server's http_max_field_value_size, for a value in the address as for one in a form."""

# URL parameters that are not settings, or settings that only concern this transport.
_OURS = {
    *(
        "query",
        "query_id",
        "database",
        "default_format",
        "user",
        "password",
        "quota_key",
        "role",
        "stacktrace",
    ),
    *("session_id", "session_timeout", "session_check", "close_session", "compress", "decompress"),
    *("buffer_size", "wait_end_of_query", "client_protocol_version", "add_http_cors_header"),
    *("enable_http_compression", "http_zlib_compression_level", "send_progress_in_http_headers"),
    *("http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close"),
}


class Reader(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int = -1, /) -> bytes: ...


class Body:
    """A request's body, read in steps: by Content-Length or in chunks."""

    def __init__(self, source: Reader, headers: Message) -> None:
        self._source = source
        self._chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
        self._length = 0 if self._chunked else int(headers.get("Content-Length") or 0)
        self._parts = self._read_chunks() if self._chunked else self._read_length(self._length)
        self.seen = b""

    def read_to(self, size: int) -> bytes:
        """Everything read so far, at least `size` bytes of it unless the body is shorter."""
        parts, have = [self.seen], len(self.seen)
        while have < size and (part := next(self._parts, b"")):
            parts.append(part)
            have += len(part)
        self.seen = b"".join(parts)
        return self.seen

    def read_half(self) -> None:
        """At least: what tells an insert from a query has been read before. In chunks: the first of them."""
        self.read_to(self._length // 2 or 1)

    def read_all(self) -> bytes:
        parts = [self.seen, *self._parts]
        self.seen = b"".join(parts)
        return self.seen

    def _read_length(self, length: int) -> Iterator[bytes]:
        while length > 0:
            part = self._source.read(min(length, PEEK))
            if not part:
                raise ConnectionResetError("the client left in the middle of the body")
            length -= len(part)
            yield part

    def _read_chunks(self) -> Iterator[bytes]:
        while True:
            line = self._source.readline(1024)
            if not line:
                raise ConnectionResetError("the client left in the middle of the body")
            size = int(line.split(b";")[0], 16)
            if size:
                yield from self._read_length(size)
            self._source.readline(1024)
            if not size:
                return


@dataclass
class Call:
    """What the engine is asked to do."""

    sql: bytes
    database: str
    settings: dict[str, str]
    params: dict[str, str]
    default_format: str
    query_id: str
    session_id: str
    stream: bool
    readonly: bool


class Request:
    """The head of a request, and its body as far as it is needed."""

    def __init__(self, method: str, target: str, headers: Message, source: Reader) -> None:
        url = urlsplit(target)
        self.method, self.path, self.headers = method, url.path, headers
        self.url = dict(parse_qsl(url.query, keep_blank_values=True, errors="surrogateescape"))
        self.body = Body(source, headers)
        self.coding = headers.get("Content-Encoding", "")

    @property
    def accepts(self) -> str:
        """The coding of the answer, empty for none."""
        if self.url.get("enable_http_compression", "1") not in ("1", "true"):
            return ""
        return coding.choose(self.headers.get("Accept-Encoding", ""))

    def kind(self) -> Kind:
        """Told from the URL, or from the first part of the body."""
        if self.path == "/ping":
            return "ping"
        if self.url.get("query"):
            return kind_of(self.url["query"].encode(errors="surrogateescape"))
        head = coding.peek(self.coding, self.body.read_to(PEEK))
        if self._is_form():
            head = self._form(head).get("query", "").encode()
        return kind_of(head)

    def credentials(self) -> tuple[str, str]:
        """(user, password) of basic authentication, the X-ClickHouse headers, or the URL."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            user, _, password = base64.b64decode(value).decode().partition(":")
            return user, password
        user = self.headers.get("X-ClickHouse-User") or self.url.get("user") or "default"
        return user, self.headers.get("X-ClickHouse-Key") or self.url.get("password") or ""

    def call(self) -> Call:
        """The whole request. Raises ClickHouseError: a coding, or a feature, that is not there."""
        url, data = dict(self.url), self.body.read_all()
        if url.get("compress") == "1" or url.get("decompress") == "1":
            raise ClickHouseError(NOT_IMPLEMENTED, "Compressed blocks are not implemented here.")
        if self.coding and self.coding != "identity":
            data = coding.decode(self.coding, data)
        if self._is_form():
            url.update(self._form(data))
            data = b""
        if any(len(value.encode(errors="surrogateescape")) > MOST_FIELD_BYTES for value in url.values()):
            raise ClickHouseError(POCO_EXCEPTION, "HTML Form Exception: Field value too long")
        query = url.get("query", "").encode(errors="surrogateescape")
        named_format = self.headers.get("X-ClickHouse-Format") or url.get("default_format")
        return Call(
            sql=query + b"\n" + data if query and data else query or data,
            database=url.get("database") or self.headers.get("X-ClickHouse-Database") or "",
            settings={k: v for k, v in url.items() if k not in _OURS and not k.startswith("param_")},
            params={k[6:]: v for k, v in url.items() if k.startswith("param_")},
            default_format=named_format or "TabSeparated",
            query_id=url.get("query_id", ""),
            session_id=url.get("session_id", ""),
            stream=url.get("wait_end_of_query", "0") not in ("1", "true"),
            readonly=self.method == "GET",
        )

    def _is_form(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("multipart/form-data")

    def _form(self, data: bytes) -> Mapping[str, str]:
        """The fields of multipart/form-data; a file in it would be an external table."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields: dict[str, str] = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + data).iter_parts():
            if part.get_filename():
                raise ClickHouseError(NOT_IMPLEMENTED, "External tables are not implemented here.")
            name = part.get_param("name", header="Content-Disposition")
            payload = part.get_payload(decode=True)
            fields[str(name)] = payload.decode() if isinstance(payload, bytes) else ""
        return fields
