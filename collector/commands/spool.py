"""`collector spool list | show | replay | drop`: what was accepted and could not be stored."""

from contextlib import suppress
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.markup import escape

from collector import settings
from collector.commands.terminal import DataDir, console, fail, listing
from collector.delivery.replay import Entry, NotReplayable, entries, find, interactions, replay

app = typer.Typer(no_args_is_help=True, help="What was accepted and could not be stored: look at it, try it again.")

Names = Annotated[list[str] | None, typer.Argument(help="entries, as `collector spool list` names them")]
All = Annotated[bool, typer.Option("--all", help="every entry")]


@app.command("list")
def list_entries(data_dir: DataDir = None) -> None:
    """Show what is in quarantine, and why."""
    found: list[tuple[str, ...]] = []
    for entry in entries(settings.load(data_dir=data_dir).data_dir):
        with suppress(FileNotFoundError):  # dropped or replayed meanwhile
            found.append(_told(entry))
    if not found:
        console.print("Nothing is in quarantine.")
        return
    listing(("entry", "since", "interactions", "size", "reason"), found, whole=("entry",))
    console.print("\nLook at one: collector spool show ENTRY. Once the cause is mended: collector spool replay --all")


def _told(entry: Entry) -> tuple[str, ...]:
    kept = entry.kept
    count = str(len(rows)) if (rows := interactions(entry)) else "damaged"
    return entry.name, kept.at[:19].replace("T", " "), count, decimal(kept.size), kept.reason


@app.command()
def show(name: str, data_dir: DataDir = None) -> None:
    """Show one entry: why it was refused, and its interactions as JSON."""
    entry = _one(name, data_dir)
    console.print(f"[bold]{escape(entry.kept.reason)}[/]\n", highlight=False, soft_wrap=True)
    rows = interactions(entry)
    for row in rows:
        console.print_json(data=row)
    if not rows:
        console.print("These bytes are damaged and hold no whole interaction:", highlight=False)
        console.print(repr(entry.read()[:2000]), markup=False, highlight=False, soft_wrap=True)


@app.command("replay")
def replay_entries(names: Names = None, every: All = False, data_dir: DataDir = None) -> None:
    """Try entries again. A running collector stores them at once, otherwise the next start does; what was stored
    before is not stored twice."""
    folder = settings.load(data_dir=data_dir).data_dir
    chosen = list(entries(folder)) if every else [_one(name, data_dir) for name in names or ()]
    if not chosen and not every:
        fail("name entries, or say --all; they are listed by: collector spool list")
    failed = 0
    for entry in chosen:
        try:
            count = replay(folder, entry)
        except (NotReplayable, OSError) as problem:
            failed += 1
            console.print(
                f"[yellow]left[/] {escape(entry.name)}: {escape(str(problem))}", highlight=False, soft_wrap=True
            )
        else:
            console.print(f"[green]on its way[/] {escape(entry.name)}: interactions: {count}", highlight=False)
    if not chosen:
        console.print("Nothing is in quarantine.")
    if failed:
        raise SystemExit(1)


@app.command()
def drop(
    names: Names = None,
    every: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete entries for good."""
    folder = settings.load(data_dir=data_dir).data_dir
    chosen = list(entries(folder)) if every else [_one(name, data_dir) for name in names or ()]
    if not chosen:
        if not every:
            fail("name entries, or say --all; they are listed by: collector spool list")
        console.print("Nothing is in quarantine.")
        return
    if not yes:
        typer.confirm(f"Delete {len(chosen)} of what is in quarantine, for good?", abort=True)
    for entry in chosen:
        try:
            entry.drop()
        except FileNotFoundError:
            pass  # by another hand, meanwhile
        except OSError as problem:
            fail(f"{entry.name} could not be dropped: {problem}")
        console.print(f"Dropped {escape(entry.name)}.", highlight=False)


def _one(name: str, data_dir: DataDir) -> Entry:
    entry = find(settings.load(data_dir=data_dir).data_dir, name)
    if entry is None:
        fail(f"there is no entry {name}; they are listed by: collector spool list")
    return entry
