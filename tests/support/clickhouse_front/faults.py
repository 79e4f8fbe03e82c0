"""What should go wrong with which requests, and what came in.

A fault is JSON: `{"kind", "match", "count", "code", "status", "message", "then"}`, all but `kind` optional.

- refuse            the connection is reset before anything is read of the body
- hang              no answer until the faults are cleared; `then` "drop" (default) closes the connection,
                    "apply" carries the request out, long after its client has gone
- reset_mid_insert  half of the body is read, nothing applied, the connection reset
- apply_then_drop   the request is carried out and the connection closed without an answer
- error             the answer is ClickHouse error `code` (default 1002) with `status` (default: that code's)
- too_many_parts, memory_limit, auth_revoked, read_only   the errors 252, 241, 516, 164

clickhouse-connect repeats a reset query or insert (not a command) once by itself: it takes two resets to see
one, and one that it hides behaves like a duplicate insert.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.support.clickhouse_front import errors
from tests.support.clickhouse_front.errors import ClickHouseError

MATCHES = ("insert", "select", "command", "ping", "all")
_CODES = {
    "error": errors.UNKNOWN_EXCEPTION,
    "too_many_parts": errors.TOO_MANY_PARTS,
    "memory_limit": errors.MEMORY_LIMIT_EXCEEDED,
    "auth_revoked": errors.AUTHENTICATION_FAILED,
    "read_only": errors.READONLY,
}
_TEXTS = {
    "too_many_parts": "Too many parts (3000 with average size of 1.00 KiB) in table. Merges are processing "
    "significantly slower than inserts.",
    "memory_limit": "(total) memory limit exceeded: would use 7.50 GiB, maximum: 7.20 GiB.",
    "auth_revoked": "Authentication failed: password is incorrect, or there is no user with such name.",
    "read_only": "Cannot execute query in readonly mode.",
}
KINDS = ("refuse", "hang", "reset_mid_insert", "apply_then_drop", *_CODES)
_ONLY_INSERTS = ("reset_mid_insert", "apply_then_drop", "too_many_parts", "read_only")


@dataclass
class Fault:
    kind: str
    match: str = ""
    count: int | None = None
    code: int | None = None
    status: int | None = None
    message: str | None = None
    then: str = "drop"
    armed_at: int = 0

    def __post_init__(self) -> None:
        """ValueError on a name that is not one."""
        self.match = self.match or ("insert" if self.kind in _ONLY_INSERTS else "all")
        for value, allowed in ((self.kind, KINDS), (self.match, MATCHES), (self.then, ("drop", "apply"))):
            if value not in allowed:
                raise ValueError(f"{value!r} is none of {', '.join(allowed)}")

    def error(self) -> ClickHouseError | None:
        """The error to answer with, for the faults that answer."""
        if self.kind not in _CODES:
            return None
        code = self.code or _CODES[self.kind]
        text = self.message or _TEXTS.get(self.kind, "A fault that a test asked for.")
        return ClickHouseError(code, text, status=self.status or 0)


class FaultBook:
    """The faults in force, oldest first, and the counts; every change wakes those who wait for one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._faults: list[Fault] = []
        self._cleared = 0
        self._hanging = 0
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("requests", "faults", "answers")}

    def add(self, fault: Fault) -> None:
        with self._changed:
            fault.armed_at = self._cleared
            self._faults.append(fault)

    def clear(self) -> None:
        """No faults any more; what hangs goes on."""
        with self._changed:
            self._faults.clear()
            self._cleared += 1
            self._changed.notify_all()

    def take(self, kind: str) -> Fault | None:
        """Counts a request of this kind and uses up one turn of the fault that meets it, if any."""
        with self._changed:
            self._counts["requests"][kind] += 1
            fault = next((f for f in self._faults if f.match in (kind, "all")), None)
            if fault is not None:
                self._counts["faults"][fault.kind] += 1
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
            self._changed.notify_all()
            return fault

    def answered(self, status: int) -> None:
        with self._changed:
            self._counts["answers"][str(status)] += 1
            self._changed.notify_all()

    def hang(self, fault: Fault) -> None:
        """Returns when the faults are cleared."""
        with self._changed:
            self._hanging += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._cleared != fault.armed_at)
            self._hanging -= 1
            self._changed.notify_all()

    def stats(self) -> dict[str, Any]:
        """{"requests": {kind: n}, "faults": {kind: n}, "answers": {status: n}, "hanging": n, "armed": []}"""
        with self._changed:
            counts = {group: dict(counter) for group, counter in self._counts.items()}
            return {**counts, "hanging": self._hanging, "armed": [fault.kind for fault in self._faults]}

    def wait_for(self, group: str, name: str, at_least: int, timeout: float) -> bool:
        """Whether a count got there in time; `group` is requests, faults or answers."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counts[group][name] >= at_least, timeout)
