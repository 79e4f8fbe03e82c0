"""The ledger is printed at the end of every run that touched a fault."""

import pytest

from tests.faults import ledger


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if ledger.LINES:
        terminalreporter.section("what became of acknowledged events")
        for line in ledger.table():
            terminalreporter.write_line(line)
