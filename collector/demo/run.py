"""`collector demo`: the collector and a shop with its tag, in one process, with data that stays."""

import asyncio
import os
import socket
import time
import webbrowser
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from collector import datafolder, service, supervise
from collector.demo.player import Summary, play
from collector.demo.shop_app import shop_app
from collector.demo.traffic import Visit, visits
from collector.settings import Settings
from collector.sites import Scope

SITE = "shop"
VIEWER = "demo"
VISITS_PER_DAY = 300.0
LIVE_VISITS_PER_DAY = 20_000.0


@dataclass(frozen=True)
class Wishes:
    """What the command line asked for. `backfill` is in days; 0 for none."""

    shop_port: int
    traffic: bool
    backfill: int
    open_browser: bool
    seed: int


def free_port(wanted: int, host: str) -> int:
    """The wanted port, or a free one when it is taken or 0."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise supervise.ServiceError("no free port on this machine")


class Demo:
    """Prepares the data folder, and gives the service the parts that run beside it."""

    def __init__(self, parts: supervise.Parts, wishes: Wishes, console: Console) -> None:
        self._parts = parts
        self._wishes = wishes
        self._console = console
        self._listening = asyncio.Event()
        self.collector_url = parts.settings.own_url
        self.shop_url = f"http://127.0.0.1:{wishes.shop_port}"
        self._write_key = self._site()
        self.key = self._viewer_key(parts.settings.data_dir / "demo-key")

    def _site(self) -> str:
        """The shop's write key. Its pages may send by both names a browser may know this machine by."""
        sites = self._parts.sites
        origins = [self.shop_url, f"http://localhost:{self._wishes.shop_port}"]
        if SITE not in sites.registry.sites:
            sites.add_site(SITE, origins)
        for origin in origins:
            if not sites.registry.sites[SITE].allows(origin):
                sites.allow(SITE, origin)
        return sites.registry.sites[SITE].write_key

    def _viewer_key(self, file: Path) -> str:
        """The key that looks at the demo; kept in a file, since the demo's data is made up."""
        sites = self._parts.sites
        if VIEWER in sites.registry.keys and file.exists():
            return file.read_text("ascii")
        if VIEWER in sites.registry.keys:
            sites.remove("keys", VIEWER)
        key = sites.add_key(VIEWER, [Scope.READ], [])
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
            out.write(key)
        return key

    def beside(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """The parts to supervise beside the collector: the shop, and its visitors where asked for."""
        parts: list[tuple[str, Callable[[], Awaitable[None]]]] = [("shop", self._serve_shop)]
        if self._wishes.traffic or self._wishes.backfill:
            parts.append(("visitors", self._visit))
        return parts

    def app(self) -> Starlette:
        """The shop, with a link that signs its reader in to the live view."""

        async def see_live(_: Request) -> Response:
            return RedirectResponse(f"{self.collector_url}/enter?ticket={self._parts.auth.ticket(VIEWER)}", 303)

        shop = shop_app(self.collector_url, self._write_key, live_url="/see-live")
        return Starlette(routes=[Route("/see-live", see_live), Mount("/", shop)])

    async def _serve_shop(self) -> None:
        config = uvicorn.Config(
            self.app(), host="127.0.0.1", port=self._wishes.shop_port, loop="none", lifespan="off", log_config=None,
            access_log=False,
        )  # fmt: skip
        server = supervise.Server(config)
        try:
            await server.serve()
        except asyncio.CancelledError:
            await server.shutdown()
            raise

    async def _visit(self) -> None:
        await self._listening.wait()
        if self._wishes.backfill:
            await self._fill()
        if self._wishes.traffic:
            self._console.print("  Visitors are walking through the shop. Stop with Ctrl-C.\n")
            await self._walk()
        await asyncio.Event().wait()

    async def _fill(self) -> None:
        """Send the visits of the last days, as fast as they are taken."""
        days = self._wishes.backfill
        end = datetime.now(UTC)
        start = end - timedelta(days=days)
        seed = self._wishes.seed + int(time.time())
        expected = round(VISITS_PER_DAY * days)
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[events]} events"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(f"playing {days} days of visitors", total=expected, events=0)
            made = 0

            def counted() -> Iterator[Visit]:
                nonlocal made
                for visit in visits(seed, start, end, VISITS_PER_DAY, self.shop_url):
                    made += 1
                    progress.update(task, completed=made)
                    yield visit

            def note(summary: Summary) -> None:
                progress.update(task, events=summary.accepted)

            summary = await play(
                self.collector_url,
                self._write_key,
                counted(),
                speed=None,
                on_progress=note,
            )
        self._console.print(f"  {summary.accepted:,} interactions of the last {days} days are stored.\n")

    async def _walk(self) -> None:
        """Visitors in real time, for as long as the demo runs."""
        start = datetime.now(UTC)
        seed = self._wishes.seed + int(time.time())
        endless = visits(seed, start, start + timedelta(days=365), LIVE_VISITS_PER_DAY, self.shop_url)
        await play(self.collector_url, self._write_key, endless, speed=1.0)

    def welcome(self, parts: supervise.Parts, port: int) -> None:
        """Say where everything is, and open the shop."""
        datafolder.note_address(parts.settings, port)
        self._listening.set()
        live = f"{self.collector_url}/enter?ticket={parts.auth.ticket(VIEWER)}"
        lines = [
            "",
            f"  [bold]The shop[/]       {self.shop_url}",
            f"  [bold]Live view[/]      {live}",
            f"  [bold]Dashboards[/]     {live}&to=overview",
            f"  [bold]API[/]            {self.collector_url}/docs",
            f"  [bold]A key to read[/]  {self.key}",
            "",
            "  Click a product, scroll, write into the feedback box, and watch the live view.",
            f"  The data stays in {parts.settings.data_dir}. Stop with Ctrl-C.",
            "",
        ]
        self._console.print("\n".join(lines), highlight=False, soft_wrap=True)
        if self._wishes.open_browser:
            webbrowser.open(self.shop_url)


def run(settings: Settings, wishes: Wishes, console: Console) -> Callable[[], Coroutine[None, None, None]]:
    """The coroutine function that runs the demo until it is stopped."""

    async def main() -> None:
        parts = service.build(settings)
        demo = Demo(parts, wishes, console)
        await supervise.run(parts, on_ready=demo.welcome, beside=demo.beside())

    return main
