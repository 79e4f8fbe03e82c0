"""Buckets of a time axis: minutes to months of a zone, right across summer time.

Minutes and hours are steps of real time, so that the hour which a change of clocks repeats is there twice.
Days, weeks (from Monday) and months begin at midnight by the clock on the wall; where a change of clocks skips
midnight, with the first moment after it.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from collector.query.question import Window

Interval = Literal["minute", "hour", "day", "week", "month"]
MOST_BUCKETS = 10_000
_AUTO: tuple[tuple[timedelta, Interval], ...] = (
    (timedelta(hours=4), "minute"),
    (timedelta(days=8), "hour"),
    (timedelta(days=200), "day"),
    (timedelta(days=1200), "week"),
)
_LEAST: dict[Interval, timedelta] = {
    "minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1),
    "week": timedelta(days=7), "month": timedelta(days=28),
}  # fmt: skip


def fitting(window: Window) -> Interval:
    """The interval that shows a window in some dozens to a few hundred steps."""
    length = window.end - window.start
    return next((interval for most, interval in _AUTO if length <= most), "month")


def edges(window: Window, interval: Interval) -> list[datetime]:
    """The first moment of each bucket that the window touches, in UTC. Raises ValueError when they are too many."""
    assert interval in get_args(Interval)
    if (window.end - window.start) / _LEAST[interval] > MOST_BUCKETS:
        raise ValueError(f"interval: more than {MOST_BUCKETS} steps; take a longer interval or a shorter window")
    begin, step = _steps(window.zone, interval)
    found = [begin(window.start)]
    while (following := step(found[-1])) < window.end:
        found.append(following)
    return found


def _steps(zone: ZoneInfo, interval: Interval) -> tuple[Callable[[datetime], datetime], Callable[[datetime], datetime]]:
    """The beginning of a moment's bucket, and the bucket after one."""
    if interval in ("minute", "hour"):
        length = _LEAST[interval]

        def floor(moment: datetime) -> datetime:
            local = moment.astimezone(zone)
            past = timedelta(
                minutes=local.minute * (interval == "hour"), seconds=local.second, microseconds=local.microsecond
            )
            found = moment - past
            same = found.astimezone(zone).utcoffset() == local.utcoffset()
            return (found if same else _change(zone, found, moment)).astimezone(UTC)

        def following(moment: datetime) -> datetime:
            found = floor(moment + length)
            return found if found > moment else floor(moment + 2 * length)

        return floor, following

    def midnight(local: datetime) -> datetime:
        """The first moment of a day on the wall; `local` has no zone."""
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment
        return _change(zone, local.replace(tzinfo=zone, fold=1).astimezone(UTC), moment)

    def first_day(day: datetime) -> datetime:
        if interval == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if interval == "month" else day

    def start(moment: datetime) -> datetime:
        day = moment.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        return midnight(first_day(day))

    def after(moment: datetime) -> datetime:
        local = moment.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        return midnight(first_day(local + (timedelta(days=32) if interval == "month" else _LEAST[interval])))

    return start, after


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment between two at which the clocks change, to the second."""
    wanted = after.astimezone(zone).utcoffset()
    low, high = math.floor(before.timestamp()), math.floor(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == wanted:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)
