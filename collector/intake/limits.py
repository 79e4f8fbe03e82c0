"""Rate limits by write key and by client address; off unless set. Counted in each process."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from collector.rejection import Reason, Rejected

_BACK_SECONDS = 1.0
"""The machine's clock was set back, if it goes back by more."""


class RateLimits:
    """Refuses with `rate_limited` and the seconds to wait. Rates are texts such as `600/minute`, or empty."""

    def __init__(self, by_key: str, by_address: str = "") -> None:
        self._forget()
        self._by_key = parse(by_key) if by_key else None
        self._by_address = parse(by_address) if by_address else None

    def _forget(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._latest = time.time()

    @property
    def on(self) -> bool:
        return bool(self._by_key or self._by_address)

    def check(self, key: str, address: str = "") -> None:
        """Count one request. Raises Rejected."""
        now = time.time()
        if now < self._latest - _BACK_SECONDS:  # by what was counted "later", all would be refused until then
            self._forget()
        self._latest = now
        if self._by_address and address:  # first: what one address has too many must not use up its site's
            self._hit(self._by_address, "address", address)
        if self._by_key:
            self._hit(self._by_key, "key", key)

    def _hit(self, rate: RateLimitItem, kind: str, who: str) -> None:
        if not self._limiter.hit(rate, kind, who):
            free_at, _ = self._limiter.get_window_stats(rate, kind, who)
            wait = max(1, math.ceil(free_at - time.time()))
            raise Rejected(
                Reason.RATE_LIMITED, f"more than {rate.amount} batches for one {kind} in its time", retry_after=wait
            )
