"""The gate: how much a process takes on at once. What is more is refused at once, so that memory stays bounded and
what is accepted is answered soon.

Bytes        bodies and records in memory. Over the limit beacons get 503, before their bodies come where they are late,
             and those bodies that have been coming longest are cut off; other bodies at twice the limit.
Time         a turn of the event loop answers what arrived since the last one. When it has worked for TURN_SECONDS, the
             rest of its beacons get 503 without being read: the next turn, and with it every answer, is never far.
Connections  one more than the limit takes the place of those that have been waiting for a request longest.
"""

import asyncio
import time

from collector import telemetry
from collector.rejection import Reason, Rejected

log = telemetry.logger("gate")

TURN_SECONDS = 0.5
RETRY_SECONDS = 5
EXCHANGE_BYTES = 2048
"""What a request costs beside its body."""
ROOM_SECONDS = 0.1
MOST_QUESTIONS = 1000
"""Requests other than beacons under way at once, live streams included."""
_TELL_SECONDS = 1.0


class Gate:
    """One for each process that takes beacons; belongs to its event loop."""

    def __init__(self, *, most_bytes: int, most_connections: int, request_seconds: float) -> None:
        self.most_bytes = most_bytes
        self.most_connections = most_connections
        self.request_seconds = request_seconds
        self.head_seconds = min(10.0, request_seconds)
        self.bytes = 0
        self._turn_began = 0.0
        self._told_at = 0.0
        self._made_room_at = 0.0
        self._untold = 0

    def admit(self) -> None:
        """Before a beacon's body is read. Raises Rejected (`overloaded`)."""
        if self.full:
            raise self._refusal(f"{self.most_bytes} bytes of requests are in memory")

    @property
    def full(self) -> bool:
        return self.bytes > self.most_bytes

    @property
    def overfull(self) -> bool:
        return self.bytes > 2 * self.most_bytes

    def check(self) -> None:
        """Before the work on a beacon begins. Raises Rejected (`overloaded`)."""
        self.admit()
        now = time.monotonic()
        if not self._turn_began:
            self._turn_began = now
            asyncio.get_running_loop().call_soon(self._turn_over)
        elif now - self._turn_began > TURN_SECONDS:
            raise self._refusal("more arrives than can be worked on")

    def may_make_room(self) -> bool:
        """Now and then: to look at all connections takes a while."""
        now = time.monotonic()
        if now - self._made_room_at < ROOM_SECONDS:
            return False
        self._made_room_at = now
        return True

    def _turn_over(self) -> None:
        self._turn_began = 0.0

    def _refusal(self, problem: str) -> Rejected:
        """One line of the log a second tells of all: a thousand would cost more than what they tell of."""
        now = time.monotonic()
        self._untold += 1
        if now - self._told_at > _TELL_SECONDS:
            log.warning("beacons are refused", reason=Reason.OVERLOADED.value, problem=problem, refused=self._untold)
            self._told_at, self._untold = now, 0
        return Rejected(Reason.OVERLOADED, f"{problem}; try again later", retry_after=RETRY_SECONDS)
