"""Each test's lines of the ledger travel with its report, to be printed when the run ends."""

from collections.abc import Iterator

import pytest

from tests.faults import ledger
from tests.support.collector import Collector


@pytest.fixture(autouse=True, scope="package")
def at_full_speed() -> Iterator[None]:
    """Faults are met under load."""
    Collector.developer_mode = False
    yield
    Collector.developer_mode = True


@pytest.fixture(autouse=True)
def lines(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    request.node.user_properties += ledger.properties()
