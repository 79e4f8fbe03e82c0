"""Rate limits: off unless set; over the limit is a refusal that says how long to wait."""

import time

import pytest

from collector.intake.limits import RateLimits
from collector.rejection import Reason, Rejected


def taken(limits: RateLimits, key: str, address: str, times: int) -> int:
    """How many of so many batches were let through."""
    count = 0
    for _ in range(times):
        try:
            limits.check(key, address)
        except Rejected:
            continue
        count += 1
    return count


def test_without_rates_nothing_is_limited() -> None:
    limits = RateLimits("", "")
    assert not limits.on
    assert 1000 == taken(limits, "key", "203.0.113.9", 1000)


@pytest.mark.parametrize(("by_key", "by_address"), [("5/hour", ""), ("", "5/hour"), ("5/hour", "9/hour")])
def test_the_lower_rate_counts(by_key: str, by_address: str) -> None:
    limits = RateLimits(by_key, by_address)
    assert limits.on
    assert 5 == taken(limits, "key", "203.0.113.9", 20)


def test_each_key_and_each_address_has_its_own_count() -> None:
    by_key, by_address = RateLimits("5/hour", ""), RateLimits("", "5/hour")
    assert [5, 5] == [taken(by_key, key, "203.0.113.9", 9) for key in ("one", "two")]
    assert [5, 5] == [taken(by_address, "key", address, 9) for address in ("203.0.113.9", "2001:db8::1")]


def test_an_unknown_address_is_not_counted_with_others() -> None:
    assert 9 == taken(RateLimits("", "5/hour"), "key", "", 9)


@pytest.mark.parametrize(("rate", "wait"), [("1/second", 1), ("600/minute", 60), ("2/hour", 3600), ("1/minute", 60)])
def test_a_refusal_names_the_limit_and_the_wait(rate: str, wait: int) -> None:
    limits = RateLimits(rate, "")
    with pytest.raises(Rejected) as refused:
        for _ in range(1000):
            limits.check("key", "")
    assert (Reason.RATE_LIMITED, 429, wait) == (refused.value.reason, refused.value.status, refused.value.retry_after)
    assert "for one key" in refused.value.message


def test_what_was_used_up_comes_back_with_time() -> None:
    limits = RateLimits("50/second", "")
    assert taken(limits, "key", "", 5000) >= 50
    with pytest.raises(Rejected):
        for _ in range(100):
            limits.check("key", "")


def test_a_clock_that_is_set_back_does_not_refuse_until_it_has_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = RateLimits("5/hour", "")
    assert 5 == taken(limits, "key", "", 9)
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() - 86_400)
    assert 5 == taken(limits, "key", "", 9)
