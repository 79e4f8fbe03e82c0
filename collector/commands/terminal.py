"""What all commands share: how they print, fail, and take the data folder."""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

_PIPE_WIDTH = 10_000
console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
"""To a file or another program lines go as they are, not broken for a screen."""

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="folder for spool, database, sites and keys")]


def listing(headers: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str]) -> None:
    """Print a table. What people copy from it, the columns `whole`, stays on one line; nothing is cut."""
    columns = []
    for place, header in enumerate(headers):
        longest = max(len(row[place]) for row in rows) if header in whole else None
        columns.append(Column(header, no_wrap=header in whole, min_width=longest, overflow="fold"))
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table, highlight=False)


def fail(problem: object) -> NoReturn:
    """Say what is wrong and leave."""
    Console(stderr=True).print(f"[bold red]error[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
    raise SystemExit(1)
