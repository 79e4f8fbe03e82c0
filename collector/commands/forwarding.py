"""`collector forwarding list | show | retry | drop`: what is on its way to the Reflexio server, and what it refused."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import orjson
import typer
from rich.markup import escape

from collector import settings
from collector.commands.terminal import DataDir, console, fail, listing
from collector.delivery.forwarder import Journal
from collector.delivery.forwarder.book import Request

app = typer.Typer(no_args_is_help=True, help="What is forwarded to the Reflexio server: look at it, try it again.")

Names = Annotated[list[str] | None, typer.Argument(help="request ids, as `collector forwarding list` shows them")]


@app.command("list")
def list_requests(
    state: Annotated[Literal["queued", "forwarded", "refused"] | None, typer.Option(help="only these")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show how much waits, and the newest requests with what became of them."""
    journal = _journal(data_dir)
    counts = journal.counts()
    console.print(
        f"{counts['waiting']} interactions wait for a request, {counts['queued']} requests are queued, "
        f"{counts['forwarded']} forwarded, {counts['refused']} refused.",
        highlight=False,
    )
    if counts["no_room"]:
        console.print(
            f"[yellow]{counts['no_room']} interactions found no room (COLLECTOR_FORWARD_MAX_WAITING)[/]; "
            "queue them now: collector forwarding retry --all",
            highlight=False,
        )
    found = journal.listed(state or "", limit=limit)
    if not found:
        return
    rows = [
        (one.request_id, one.state, one.session_id[:36], str(one.items), str(one.attempts), _time(one.created_s), one.reason[:200])
        for one in found
    ]  # fmt: skip
    listing(("request", "state", "session", "items", "attempts", "made", "reason"), rows, whole=("request",))


@app.command()
def show(request_id: str, data_dir: DataDir = None) -> None:
    """Show one request: its state and, until it is forwarded, what it sends."""
    one = _one(_journal(data_dir), request_id)
    console.print(f"[bold]{one.state}[/] {escape(one.reason)}", highlight=False, soft_wrap=True)
    if one.body:
        console.print_json(data=orjson.loads(one.body))
    else:
        console.print(f"Its {one.items} items are with the server; their text is not kept here.", highlight=False)


@app.command()
def retry(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="every refused request, and what found no room")] = False,
    data_dir: DataDir = None,
) -> None:
    """Queue refused requests again. A running collector sends them at its next look."""
    journal = _journal(data_dir)
    if every:
        console.print(f"Queued again: {journal.retry()}.", highlight=False)
        return
    if not names:
        fail("name requests, or say --all; they are listed by: collector forwarding list --state refused")
    for name in names:
        one = _one(journal, name)
        if not journal.retry(one.request_id):
            fail(f"{name} is {one.state}; only a refused request can be queued again")
        console.print(f"Queued again: {escape(name)}.", highlight=False)


@app.command()
def drop(
    names: Names = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    data_dir: DataDir = None,
) -> None:
    """Give refused requests up: what they hold is not forwarded. The interactions themselves stay stored."""
    journal = _journal(data_dir)
    if not names:
        fail("name requests; they are listed by: collector forwarding list --state refused")
    found = [_one(journal, name) for name in names]
    if not yes:
        typer.confirm(f"Give up {len(found)} requests?", abort=True)
    for one in found:
        if not journal.drop(one.request_id):
            fail(f"{one.request_id} is {one.state}; only a refused request can be dropped")
        console.print(f"Dropped {one.request_id}.", highlight=False)


def _journal(data_dir: DataDir) -> Journal:
    given = settings.load(data_dir=data_dir)
    path = given.data_dir / "forwarding.db"
    if not path.exists():
        fail("nothing was forwarded from this data folder yet; set COLLECTOR_REFLEXIO_URL to a Reflexio server")
    return Journal(path, most_waiting=given.forward_max_waiting, keep_days=given.retention_days)


def _one(journal: Journal, request_id: str) -> Request:
    found = journal.find(request_id)
    if found is None:
        fail(f"there is no request {request_id}; they are listed by: collector forwarding list")
    return found


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
