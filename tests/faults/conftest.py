"""The ledger is printed at the end of every run that touched a fault."""

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ledger.LINES:
        terminalreporter.section("what became of acknowledged events")
        for line in ledger.table():
            terminalreporter.write_line(line)
