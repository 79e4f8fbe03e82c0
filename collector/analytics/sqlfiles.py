"""Load the questions' SQL."""

from functools import cache
from importlib import resources


@cache
def sql(name: str) -> str:
    """The text of `sql/<name>.sql`. Raises FileNotFoundError."""
    return (resources.files("collector.analytics") / "sql" / f"{name}.sql").read_text("utf-8")
