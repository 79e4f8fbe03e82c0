"""What kind of statement a text is, and where an INSERT ends and its data begin.

Works on bytes, because the data behind `FORMAT Native` are not text. Reads only the head of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["insert", "select", "command", "ping"]

# Formats whose blocks can be sent one after another; the others have a header or a footer.
STREAMABLE = {"native", "jsoneachrow", "jsoncompacteachrow", "tabseparated", "tsv", "csv", "rowbinary"}

_RESULT = {b"select", b"with", b"show", b"describe", b"desc", b"exists", b"explain", b"check", b"from", b"("}
_TOKEN = re.compile(
    rb"""(?P<skip>\s+|--[^\n]*|\#[^\n]*|/\*.*?\*/)
       | (?P<quoted>'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")
       | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
       | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_LINE_END = re.compile(rb"[ \t\f]*\r?\n?")
_FORMAT_AT_END = re.compile(rb"\bFORMAT\s+(\w+)\s*(?:SETTINGS\s[^;]*)?;?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Insert:
    """`{head} {settings} FORMAT {format}` and the data that followed it."""

    head: bytes
    settings: bytes
    format: bytes
    data: bytes

    def from_file(self, path: str) -> bytes:
        """The same statement, its data read from a file."""
        return b"%s FROM INFILE '%s' %s FORMAT %s" % (self.head, _escaped(path), self.settings, self.format)


def kind_of(sql: bytes) -> Kind:
    """insert, select (whatever answers rows), or command; also right on a statement's first kilobytes."""
    first = next((token for token, _, _ in _tokens(sql)), b"")
    if first == b"insert":
        return "insert"
    return "select" if first in _RESULT else "command"


def can_stream(sql: bytes, answer_format: str) -> bool:
    """Whether the engine hands out the answer block by block, and the blocks together are the answer."""
    first = next((token for token, _, _ in _tokens(sql)), b"")
    return first in (b"select", b"with") and answer_format.lower() in STREAMABLE


def split_insert(sql: bytes) -> Insert | None:
    """The parts of `INSERT INTO t [(..)] [SETTINGS ..] FORMAT F <data>`.

    None when the engine reads the text as it is: no INSERT, VALUES, SELECT, a file named in the statement.
    """
    if kind_of(sql) != "insert":
        return None
    depth, settings_at, previous = 0, -1, b""
    tokens = _tokens(sql)
    for token, start, _ in tokens:
        depth += (token == b"(") - (token == b")")
        if depth == 0 and previous not in (b".", b"into", b"table", b"function"):
            if token in (b"select", b"with", b"values", b"from"):
                return None
            if token == b"settings":
                settings_at = start
            if token == b"format":
                name, name_start, end = next(tokens, (b"", 0, 0))
                if not name:
                    return None
                line_end = _LINE_END.match(sql, end)
                head_end = settings_at if settings_at >= 0 else start
                return Insert(
                    head=sql[:head_end],
                    settings=sql[head_end:start],
                    format=sql[name_start:end],
                    data=sql[line_end.end() if line_end else end :],
                )
        previous = token
    return None


def output_format(sql: bytes, default: str) -> str:
    """The format the statement itself asks for at its end, or the request's default."""
    found = _FORMAT_AT_END.search(sql[-400:])
    return found[1].decode() if found else default


def _escaped(path: str) -> bytes:
    return path.replace("\\", "\\\\").replace("'", "\\'").encode()


def _tokens(sql: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Words in lower case, quoted names, single signs: (token, start, end), without blanks and comments."""
    for found in _TOKEN.finditer(sql):
        if found.lastgroup == "skip":
            continue
        text = found.group()
        yield text.lower() if found.lastgroup == "word" else text, found.start(), found.end()
