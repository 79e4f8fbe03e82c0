"""Interactions whose place in the table is known: read by the sorting key, a few milliseconds at any size."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.analytics.interactions import Row, tidy
from collector.analytics.record import RECORD, with_record
from collector.clickhouse import Engine


@dataclass(frozen=True)
class Key:
    """Where an interaction stands. `at` is a `DateTime64(3)` as text, in UTC."""

    site: str
    at: str
    event_name: str
    event_id: str

    @property
    def hour(self) -> str:
        return f"{self.at[:13]}:00:00"


async def records(engine: Engine, keys: Sequence[Key], columns: str = RECORD) -> dict[str, Row]:
    """The interactions that are there, by event id, as answered: all columns, or some with `event_id`. Raises ClickHouseError, OSError."""
    if not keys:
        return {}
    parameters = {
        "sites": _distinct(key.site for key in keys),
        "hours": _distinct(key.hour for key in keys),
        "events": _distinct(key.event_name for key in keys),
        "times": _distinct(key.at for key in keys),
        "ids": _distinct(key.event_id for key in keys),
    }
    return {row["event_id"]: tidy(row) for row in await engine.rows(with_record("by_key", columns), parameters)}


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
