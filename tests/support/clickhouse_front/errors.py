"""ClickHouse's errors: number, name, text, and the HTTP status a server answers with.

The body is `Code: N. DB::Exception: text. (NAME) (version V)`; the number is also in the header
X-ClickHouse-Exception-Code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

UNKNOWN_SETTING = 115
NOT_IMPLEMENTED = 48
READONLY = 164
MEMORY_LIMIT_EXCEEDED = 241
TOO_MANY_PARTS = 252
SESSION_IS_LOCKED = 373
AUTHENTICATION_FAILED = 516
POCO_EXCEPTION = 1000
UNKNOWN_EXCEPTION = 1002

NAMES = {
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    UNKNOWN_SETTING: "UNKNOWN_SETTING",
    READONLY: "READONLY",
    MEMORY_LIMIT_EXCEEDED: "MEMORY_LIMIT_EXCEEDED",
    TOO_MANY_PARTS: "TOO_MANY_PARTS",
    SESSION_IS_LOCKED: "SESSION_IS_LOCKED",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
    POCO_EXCEPTION: "POCO_EXCEPTION",
    UNKNOWN_EXCEPTION: "UNKNOWN_EXCEPTION",
}

# Status by code, as a server decides it; a code that is not listed is a 500.
_STATUSES: dict[int, tuple[int, ...]] = {
    # bad arguments, text, numbers, dates, addresses that do not parse, wrong columns, syntax, wrong types
    400: (
        *(6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168),
        *(223, 321, 376, 427, 441, 675, 676),
    ),
    # unknown function, identifier, type, storage, table, format, database, setting, role ...
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, UNKNOWN_SETTING, 152, 336, 511),
    401: (194,),
    403: (192, 193, 497, 512, AUTHENTICATION_FAILED),
    408: (159,),
    411: (381,),
    413: (229,),
    415: (779,),
    501: (NOT_IMPLEMENTED,),
    503: (76, 209, 439),
}
STATUS_BY_CODE = {code: status for status, codes in _STATUSES.items() for code in codes}

_CODE = re.compile(r"\bCode: (\d+)\. ")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")


def status_of(code: int) -> int:
    return STATUS_BY_CODE.get(code, 500)


@dataclass
class ClickHouseError(Exception):
    """A refusal in ClickHouse's terms; `status` defaults to the one a server gives that code."""

    code: int
    text: str
    name: str = ""
    status: int = 0

    def __post_init__(self) -> None:
        self.name = self.name or NAMES.get(self.code, "UNKNOWN_EXCEPTION")
        self.status = self.status or status_of(self.code)

    def body(self, version: str) -> bytes:
        """`Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE) (version 26.9 ...)`"""
        build = f"(version {version} (official build))"
        return f"Code: {self.code}. DB::Exception: {self.text} ({self.name}) {build}\n".encode()


def from_engine(error: Exception) -> ClickHouseError:
    """chDB's exception, whose text is ClickHouse's, in parts."""
    message = str(error)
    found = _CODE.search(message)
    if found is None:
        return ClickHouseError(UNKNOWN_EXCEPTION, message)
    text = message[found.end() :].removeprefix("DB::Exception: ").strip()
    names = _NAME.findall(text)
    name = names[-1] if names else ""
    text = text.removesuffix(f"({name})").rstrip()
    return ClickHouseError(int(found[1]), text, name)
