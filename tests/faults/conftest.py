"""Each test's lines of the ledger travel with its report, to be printed when the run ends."""

from collections.abc import Iterator

import pytest

from tests.faults import ledger


@pytest.fixture(autouse=True)
def lines(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    request.node.user_properties += ledger.properties()
