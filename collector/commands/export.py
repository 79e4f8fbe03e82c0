"""`collector export`: the interactions of a window as a file."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import orjson
import typer
from clickhouse_connect.driver.exceptions import ClickHouseError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from collector import datafolder, settings
from collector.analytics.interactions import Reach
from collector.analytics.interactions import export as export_from
from collector.clickhouse import open_engine
from collector.commands.export_files import Unwritable, open_file
from collector.commands.terminal import DataDir, fail
from collector.http.auth import Auth
from collector.query.interactions import InteractionsQuery
from collector.settings import Settings
from collector.sites import Scope, SitesFile
from collector.spool.folder import waiting_bytes

_PATH = "/v1/interactions"
_TO_ASK = httpx.Timeout(10, read=300)
_KINDS: dict[str, Literal["parquet", "ndjson"]] = {
    ".parquet": "parquet", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson", "": "ndjson",
}  # fmt: skip


class Interrupted(Exception):
    """The export ended before it was whole; the message says why."""


def export(
    file: Annotated[Path, typer.Argument(help="the file to write")],
    start: Annotated[str | None, typer.Option("--from", help="first moment: 2026-11-01, ISO 8601, or Unix ms")] = None,
    end: Annotated[str | None, typer.Option("--to", help="end, not included")] = None,
    site: Annotated[str | None, typer.Option(help="only this site")] = None,
    kind: Annotated[Literal["parquet", "ndjson"] | None, typer.Option("--format", help="default: by the file's name")] = None,
    url: Annotated[str | None, typer.Option(help="a collector elsewhere; without it the one of the data folder")] = None,
    key: Annotated[str | None, typer.Option(help="an API key for --url", envvar="EXPORT_KEY")] = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Write the interactions of a window to a file, newest first: Parquet or JSON lines."""
    asked = {name: value for name, value in (("from", start), ("to", end), ("site", site)) if value is not None}
    try:
        query = InteractionsQuery.model_validate(asked)
    except ValidationError as error:
        fail("; ".join(map(_wrong, error.errors())).replace("--: ", ""))
    kind = kind or _KINDS.get(file.suffix)
    if kind is None:
        fail(f"a {file.suffix} file can't be written; name it .parquet or .ndjson, or say --format")
    try:
        if url:
            chunks = _from_collector(httpx.AsyncClient(base_url=url, timeout=_TO_ASK), asked, key)
        else:
            chunks = _from_here(settings.load(data_dir=data_dir), query, asked)
        count = asyncio.run(_write(chunks, file, kind, query))
    except (Unwritable, Interrupted) as error:
        fail(error)
    except httpx.InvalidURL as error:
        fail(f"--url: {error}")
    except (ClickHouseError, OSError) as error:
        fail(f"the database does not answer: {str(error)[:300]}")
    Console(stderr=True).print(f"{count} interactions are in {file}", highlight=False, markup=False, soft_wrap=True)


def _wrong(problem: ErrorDetails) -> str:
    return f"--{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}"


async def _write(chunks: AsyncGenerator[bytes, None], file: Path, kind: str, query: InteractionsQuery) -> int:
    count, rest = 0, b""
    with open_file(file, kind) as writing, _progress() as progress:
        task = progress.add_task("", total=_seconds(query.start, query.end) if query.start else None, rows=0)
        async with aclosing(chunks):
            async for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                writing.write(lines)
                count += len(lines)
                if lines:
                    _advance(progress, task, query, orjson.loads(lines[-1]), count)
        if rest:
            raise Interrupted("the export ended in the middle of a record; try again")
        progress.update(task, total=1, completed=1)
    return count


def _progress() -> Progress:
    """Rows come newest first: how much of the window lies behind the last one is how far it is."""
    return Progress(
        TextColumn("{task.fields[rows]} interactions"), BarColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip


def _advance(progress: Progress, task: TaskID, query: InteractionsQuery, row: dict[str, Any], count: int) -> None:
    done = _seconds(datetime.fromisoformat(row["created_at"]), query.end)
    progress.update(task, completed=max(0, done), rows=count)


def _seconds(start: datetime, end: datetime | None) -> float:
    return ((end or datetime.now(start.tzinfo)) - start).total_seconds()


async def _from_here(given: Settings, query: InteractionsQuery, asked: dict[str, str]) -> AsyncGenerator[bytes, None]:
    """From the collector that runs on this data folder; where none does, or with a server, from the engine itself."""
    if given.embedded and (client := await _signed_in(given, query.site)):
        async with aclosing(_from_collector(client, asked, None)) as chunks:
            async for chunk in chunks:
                yield chunk
        return
    if not datafolder.address(given.data_dir):  # one that runs is about to store it
        _tell_waiting(given)
    engine = open_engine(given)
    try:
        [table] = await engine.rows("EXISTS TABLE interactions")
        if not table["result"]:
            raise Interrupted("nothing was collected here yet; run: collector serve")
        async with aclosing(export_from(engine, query, Reach(None))) as chunks:
            async for chunk in chunks:
                yield chunk
    finally:
        await engine.close()


def _tell_waiting(given: Settings) -> None:
    """What a collector that was killed, or whose database was away, took in and has not stored."""
    waits = waiting_bytes(given.data_dir / "spool")
    if waits:
        Console(stderr=True).print(
            f"{waits:,} bytes wait in the spool and are not in this file; a collector stores them: collector serve",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip


async def _signed_in(given: Settings, site: str | None) -> httpx.AsyncClient | None:
    """A client of the collector that has this folder open, if one has: the folder's own secret lets it in."""
    file = SitesFile(
        given.data_dir / "sites.toml", extra_sites=given.sites, admin_key=given.admin_key.get_secret_value()
    )
    url = datafolder.address(given.data_dir)
    if not url:
        return None
    readers = [name for name, key in file.registry.keys.items() if key.may(Scope.READ) and not key.sites]
    if site is not None:
        readers += [name for name, key in file.registry.keys.items() if key.may(Scope.READ) and site in key.sites]
    if not readers:
        raise Interrupted(
            f"the collector at {url} has this folder, and no key may read from it; "
            "make one: collector keys create NAME --scope read"
        )
    client = httpx.AsyncClient(base_url=url, timeout=_TO_ASK)
    try:
        await client.get("/enter", params={"ticket": Auth(file, given.data_dir / "secret").ticket(readers[0])})
    except httpx.TransportError as error:
        await client.aclose()
        raise Interrupted(f"the collector that has {given.data_dir} does not answer at {url}: {error}") from error
    return client


async def _from_collector(
    client: httpx.AsyncClient, asked: dict[str, str], key: str | None
) -> AsyncGenerator[bytes, None]:
    """Over HTTP, as it comes."""
    headers = {"accept": "application/x-ndjson", **({"authorization": f"Bearer {key}"} if key else {})}
    async with aclosing(client):
        try:
            async with client.stream("GET", _PATH, params=asked, headers=headers) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Interrupted(_told(await answer.aread(), answer.status_code))
                if not answer.headers.get("content-type", "").startswith("application/x-ndjson"):
                    raise Interrupted(f"{client.base_url} is no collector: it answers with no JSON lines; check --url")
                async for chunk in answer.aiter_bytes():
                    yield chunk
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise Interrupted(f"no collector answers at {client.base_url} ({error}); check --url") from error
        except httpx.HTTPError as error:
            raise Interrupted(f"the collector's answer broke off: {error or type(error).__name__}") from error


def _told(body: bytes, status: int) -> str:
    try:
        return str(orjson.loads(body)["detail"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"the collector answered with status {status}"
