"""What a tombstone means to the engine: conditions, counts, and the deletion itself.

A lightweight DELETE hides rows from every question at once; the parts that hide some are rewritten at the settling.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from collector.clickhouse import Engine, raw_query
from collector.erasure.meaning import event_id, event_value
from collector.erasure.reach import wall
from collector.erasure.tombstones import Kind, Tombstone
from collector.query.window import sql_time

_AT_SITES = "({all_sites:Bool} OR site IN {sites:Array(String)})"
_BEFORE = (
    "(received_at <= {at:DateTime64(3, 'UTC')} OR (visitor_id != '' AND created_at <= {at:DateTime64(3, 'UTC')}) "
    "OR (received_at > {now:DateTime64(3, 'UTC')} AND received_at <= {ahead:DateTime64(3, 'UTC')}))"
)
"""As `Reach.covers`."""
_USER = (
    "(user_id IN {values:Array(String)} OR (user_id = '' AND visitor_id IN {values:Array(String)}) "
    "OR (user_id = '' AND visitor_id = '' AND session_id IN {anonymous:Array(String)}))"
)
_WHAT = {
    Kind.EVENTS: "event_id IN {events:Array(UUID)} AND (toString(event_id) IN {values:Array(String)} "
    "OR concat(toString(event_id), '/', session_id) IN {values:Array(String)})",
    Kind.REQUESTS: "request_id IN {values:Array(String)}",
    Kind.SESSION: "session_id IN {values:Array(String)}",
    Kind.USER: _USER,
    Kind.EVERYTHING: "1",
}
_TEXTS = {**_WHAT, Kind.USER: "user_key IN {values:Array(String)}"}
_SETTINGS = {"lightweight_deletes_sync": 2, "mutations_sync": 2, "allow_nondeterministic_mutations": 1}
IMAGES_AT_ONCE = 2_000
"""Addresses in one question."""


@dataclass(frozen=True)
class Meant:
    """What of the table a tombstone means: how many interactions and requests, and stored images as (site, address),
    each with when the last of what shows it was received (Unix ms), and when the last of all was."""

    interactions: int
    requests: int
    images: dict[tuple[str, str], int]
    last: int


def _where(stone: Tombstone) -> str:
    what = f"{_AT_SITES} AND {_WHAT[stone.kind]}"
    return what if stone.kind is Kind.EVENTS else f"{what} AND {_BEFORE}"


def _parameters(stone: Tombstone) -> dict[str, Any]:
    return {
        "all_sites": stone.sites is None,
        "sites": list(stone.sites or ()),
        "values": list(stone.values),
        "events": [event_id(value) for value in stone.values] if stone.kind is Kind.EVENTS else [],
        "anonymous": [value.removeprefix("anon:") for value in stone.values if value.startswith("anon:")],
        **{name: _time(ms) for name, ms in (("at", stone.at), ("now", wall()), ("ahead", max(stone.at, stone.ahead)))},
    }


def _time(milliseconds: int) -> str:
    return sql_time(datetime.fromtimestamp(milliseconds / 1000, UTC))


async def meant(engine: Engine, stone: Tombstone) -> Meant:
    """Look at what is stored of it. Raises ClickHouseError, OSError."""
    where, parameters = _where(stone), _parameters(stone)
    [counts] = await engine.rows(
        "SELECT uniqExact(event_id) AS interactions, uniqExact(request_id) AS requests, "
        f"toUnixTimestamp64Milli(max(received_at)) AS last FROM interactions WHERE {where}",
        parameters,
    )
    images = await engine.rows(
        "SELECT site, interacted_image_url AS image, toUnixTimestamp64Milli(max(received_at)) AS last FROM interactions "
        f"WHERE startsWith(interacted_image_url, '/images/') AND {where} GROUP BY site, image",
        parameters,
    )
    last = {(row["site"], row["image"]): int(row["last"]) for row in images}
    return Meant(counts["interactions"], counts["requests"], last, int(counts["last"]))


async def event_ids(engine: Engine, stone: Tombstone) -> list[str]:
    """The events it means that are stored. Raises ClickHouseError, OSError."""
    rows = await engine.rows(f"SELECT DISTINCT event_id FROM interactions WHERE {_where(stone)}", _parameters(stone))
    return [row["event_id"] for row in rows]


async def find_event(
    engine: Engine, user_id: str, interaction_id: int, sites: Sequence[str] | None
) -> list[tuple[str, str]]:
    """Values of kind `events`, and their sites, for a user's interaction. Raises ClickHouseError, OSError."""
    user = Tombstone(Kind.USER, (user_id,), None if sites is None else tuple(sites))
    rows = await engine.rows(
        f"SELECT DISTINCT event_id, session_id, site FROM interactions WHERE {_AT_SITES} AND {_USER} "
        "AND interaction_id = {interaction_id:UInt64}",
        {**_parameters(user), "interaction_id": interaction_id},
    )
    return [(event_value(row["event_id"], row["session_id"]), row["site"]) for row in rows]


async def delete(engine: Engine, stone: Tombstone) -> None:
    """Delete its rows and their texts; none of them is found when this returns. Raises ClickHouseError, OSError."""
    parameters = _parameters(stone)
    texts = f"{_AT_SITES} AND {_TEXTS[stone.kind]}"
    if stone.kind is not Kind.EVENTS:  # a text does not say when its interaction came, so it goes with that
        texts += f" AND event_id NOT IN (SELECT event_id FROM interactions WHERE {_AT_SITES} AND {_WHAT[stone.kind]})"

    def work(client: Client) -> None:
        for table, where in (("interactions", _where(stone)), ("sampled", _where(stone)), ("texts", texts)):
            # a command would have its parameters in the address, whose length is limited
            raw_query(client, f"DELETE FROM {table} WHERE {where}", parameters, settings=_SETTINGS)

    await engine.written(work)


async def rewrite(engine: Engine) -> None:
    """Let the engine write the parts anew that hide deleted rows. Raises ClickHouseError, OSError."""

    def work(client: Client) -> None:
        for table in ("interactions", "sampled", "texts"):
            client.command(f"ALTER TABLE {table} APPLY DELETED MASK", settings={"mutations_sync": 2})

    await engine.written(work)


async def still_used(engine: Engine, images: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these images, as (site, address), some row still shows. Raises ClickHouseError, OSError."""
    found: set[tuple[str, str]] = set()
    asked = list(images)
    for first in range(0, len(asked), IMAGES_AT_ONCE):
        some = asked[first : first + IMAGES_AT_ONCE]
        rows = await engine.rows(
            "SELECT DISTINCT site, interacted_image_url AS image FROM interactions "
            "WHERE site IN {sites:Array(String)} AND interacted_image_url IN {images:Array(String)}",
            {"sites": sorted({site for site, _ in some}), "images": sorted({image for _, image in some})},
        )
        found |= {(row["site"], row["image"]) for row in rows}
    return found
