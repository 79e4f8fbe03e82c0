"""A real Reflexio server on loopback, without network and without a language model."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser  # noqa: F401 - a fixture
from tests.reflexio.server import RealServer


@pytest.fixture(scope="package")
def server() -> Iterator[RealServer]:
    folder = Path(os.environ.get("REFLEXIO_DIR", ".reflexio"))
    if not (folder / "venv" / "bin" / "reflexio").exists():
        pytest.skip("the Reflexio server is not installed: make reflexio")
    running = RealServer(folder.resolve())
    running.start()
    yield running
    running.http.close()
    running.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.long)
