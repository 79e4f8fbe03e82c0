"""What all commands share: how they print, fail, and take the data folder."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

console = Console()

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="folder for spool, database, sites and keys")]


def fail(problem: object) -> NoReturn:
    """Say what is wrong and leave."""
    Console(stderr=True).print(f"[bold red]error[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
    raise SystemExit(1)
