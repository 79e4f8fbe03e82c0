"""Load the SQL of search."""

from functools import cache
from importlib import resources


@cache
def sql(name: str) -> str:
    """The text of `sql/<name>.sql`. Raises FileNotFoundError."""
    return (resources.files("collector.semantic") / "sql" / f"{name}.sql").read_text("utf-8")
