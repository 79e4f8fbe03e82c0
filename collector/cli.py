"""The command line: `collector serve | demo | sites | keys | spool | forwarding | migrate | version`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.markup import escape

from collector import __version__, datafolder, service, settings, supervise, telemetry
from collector import workers as workers_module
from collector.clickhouse import migrate, open_engine
from collector.commands import forwarding as forwarding_commands
from collector.commands import spool as spool_commands
from collector.commands.export import export
from collector.commands.sqlusers import sql_users
from collector.commands.terminal import DataDir, console, fail, listing
from collector.intake.jumps import check_clock
from collector.ownership import is_another_users
from collector.sites import Scope, SitesFile, normal_origin

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Collects what visitors do on your pages and answers questions about it.")  # fmt: skip
STUB = "<script>window.ix=window.ix||function(){(ix.q=ix.q||[]).push(arguments)}</script>"
"""Keeps the calls that a page makes before the tag has arrived."""

sites_app = typer.Typer(no_args_is_help=True, help="The sites that may send, and their write keys.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys for reading and publishing.")
app.add_typer(sites_app, name="sites")
app.add_typer(keys_app, name="keys")
app.add_typer(spool_commands.app, name="spool")
app.add_typer(forwarding_commands.app, name="forwarding")
app.command("export")(export)
app.command("sql-users")(sql_users)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(help="processes that take beacons")] = None,
) -> None:
    """Run the collector."""
    given = settings.load(host=host, port=port, data_dir=data_dir, workers=workers)
    telemetry.configure_logs(given.log_format, given.log_level)
    check_clock()
    if given.workers > 1:
        workers_module.run(given)
        return

    datafolder.prepare_folder(given.data_dir)
    service.adopt_spools(given)
    supervise.serve_metrics(given)

    async def main() -> None:
        await supervise.run(service.build(given), on_ready=_ready)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="port of the collector")] = 8000,
    shop_port: Annotated[int, typer.Option(help="port of the shop")] = 8080,
    data_dir: DataDir = None,
    traffic: Annotated[bool, typer.Option("--traffic", help="let made-up visitors walk through the shop")] = False,
    backfill: Annotated[int, typer.Option(help="first play this many days of the past", min=0, max=365)] = 0,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="open the shop in a browser")] = True,
    seed: Annotated[int, typer.Option(help="what the made-up visitors are drawn from")] = 1,
) -> None:
    """Run the collector with a small shop to click in. The data stays."""
    from collector.demo import run as demo_run  # noqa: PLC0415 - needs packages a server does not
    from collector.demo.player import COUNTRY_HEADER  # noqa: PLC0415

    def free(wanted: int, taken: int = 0) -> int:
        found = demo_run.free_port(0 if wanted == taken else wanted, "127.0.0.1")
        if found != wanted and wanted:
            console.print(f"Port {wanted} is taken; here it is {found} instead.", highlight=False)
        return found

    own = free(port)
    given = settings.load(
        host="127.0.0.1",
        port=own,
        data_dir=data_dir or Path("demo-data"),
        trusted_proxies="127.0.0.1",
        country_header=COUNTRY_HEADER,
        log_level="warning",
        log_format="text",
    )
    telemetry.configure_logs(given.log_format, given.log_level)
    wishes = demo_run.Wishes(free(shop_port, own), traffic, backfill, open_browser, seed)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(demo_run.run(given, wishes, console)())


def _ready(parts: supervise.Parts, port: int) -> None:
    datafolder.note_address(parts.settings, port)
    if not parts.sites.registry.sites:
        telemetry.logger("serve").warning("there is no site yet; add one: collector sites add NAME --origin URL")


def _sites(data_dir: Path | None) -> SitesFile:
    given = settings.load(data_dir=data_dir)
    datafolder.prepare_folder(given.data_dir)
    return SitesFile(given.data_dir / "sites.toml", extra_sites=given.sites)


@sites_app.command("add")
def add_site(
    name: str,
    origin: Annotated[list[str], typer.Option(help="pages that may send, such as https://shop.example; repeatable")],
    path: Annotated[
        str, typer.Option(help="path below which a proxy of the shop's own host passes everything on, such as /fx")
    ] = "",
    script: Annotated[str, typer.Option(help="another name for the script's file, such as shop.js")] = "",
    timezone: Annotated[str, typer.Option(help="zone in which dashboards offer to tell times: Europe/Berlin")] = "",
    data_dir: DataDir = None,
) -> None:
    """Add a site and print the tag for its pages."""
    file = _sites(data_dir)
    try:
        origins = [normal_origin(text) for text in origin]
        key = file.add_site(name, origins, path=path, script=script, timezone=timezone)
    except ValueError as error:
        fail(error)
    # A site with a path of its own loads the script from its own host.
    url = "" if path else settings.load(data_dir=data_dir).own_url
    address = url + file.registry.sites[name].script_path
    console.print(f"Site [bold]{escape(name)}[/] added. Put this line into its pages:\n", highlight=False)
    console.print(
        f'  <script async src="{address}" data-key="{key}"></script>\n',
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    console.print("Where pages call ix(…) themselves, this too, before the first call:\n", highlight=False)
    console.print(f"  {STUB}\n", markup=False, highlight=False, soft_wrap=True)


@sites_app.command("list")
def list_sites(data_dir: DataDir = None) -> None:
    """Show the sites."""
    sites = _sites(data_dir).registry.sites
    if not sites:
        console.print("No sites yet. Add one: collector sites add NAME --origin URL")
        return
    rows = [
        (name, site.write_key, ", ".join(site.origins) or "none: server-side senders only")
        for name, site in sorted(sites.items())
    ]
    listing(("site", "write key", "origins"), rows, whole=("site", "write key"))


@sites_app.command("allow")
def allow_origin(name: str, origin: str, data_dir: DataDir = None) -> None:
    """Let the pages of one more origin send for a site."""
    try:
        _sites(data_dir).allow(name, normal_origin(origin))
    except ValueError as error:
        fail(error)
    console.print(f"Pages of {escape(origin)} may send for {escape(name)} now.", highlight=False)


@sites_app.command("remove")
def remove_site(name: str, data_dir: DataDir = None) -> None:
    """Remove a site; its pages get 401 from then on. What was collected stays."""
    _sites(data_dir).remove("sites", name)
    console.print(f"Site {escape(name)} removed.")


@keys_app.command("create")
def create_key(
    name: str,
    scope: Annotated[list[Scope], typer.Option(help="what it may do; repeatable")],
    site: Annotated[list[str] | None, typer.Option(help="only for this site; repeatable; all when left out")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make an API key and print it, once."""
    key = _sites(data_dir).add_key(name, scope, site or [])
    console.print(f"Key [bold]{escape(name)}[/] made. It is shown this once:\n", highlight=False)
    console.print(f"  {key}\n", markup=False, highlight=False)


@keys_app.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """Show the keys' names, scopes and sites; not the keys, they are not kept."""
    keys = _sites(data_dir).registry.keys
    if not keys:
        console.print("No keys yet. Make one: collector keys create NAME --scope read")
        return
    rows = [(name, ", ".join(sorted(key.scopes)), ", ".join(key.sites) or "all") for name, key in sorted(keys.items())]
    listing(("key", "scopes", "sites"), rows, whole=("key",))


@keys_app.command("revoke")
def revoke_key(name: str, data_dir: DataDir = None) -> None:
    """Revoke a key; it stops working within a second."""
    _sites(data_dir).remove("keys", name)
    console.print(f"Key {escape(name)} revoked.")


@app.command("migrate")
def migrate_command(data_dir: DataDir = None) -> None:
    """Bring the database up to date, without serving."""
    given = settings.load(data_dir=data_dir)
    datafolder.prepare_folder(given.data_dir)
    if given.embedded and datafolder.address(given.data_dir):
        fail(f"a collector runs on {given.data_dir}; it brought the database up to date when it started")
    if given.embedded and is_another_users(given.data_dir):
        fail(
            f"{given.data_dir} is another user's, whose collector could not open what root makes; run this as that user"
        )
    engine = open_engine(given)
    done = migrate(engine)
    console.print("\n".join(f"applied {name}" for name in done) or "Nothing to do.", highlight=False)


@app.command("version")
def version() -> None:
    """Print the version."""
    console.print(__version__, highlight=False)


def main() -> None:
    """The entry point: known errors end with a message and status 1, without a traceback."""
    telemetry.configure_logs("text", "info")
    try:
        app()
    except service.KNOWN_ERRORS as error:
        fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
