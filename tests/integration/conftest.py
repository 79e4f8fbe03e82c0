"""What tests share that work on an engine in their own process."""

import asyncio
from collections.abc import Iterator

import pytest

from collector.clickhouse import Engine
from tests.support.searchable import open_in


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An embedded engine with the tables, one for a file."""
    opened = open_in(tmp_path_factory.mktemp("engine"))
    yield opened
    asyncio.run(opened.close())
