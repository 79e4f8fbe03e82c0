"""Fixtures that several kinds of tests share."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.faults import ledger
from tests.support.clickhouse_front import Front
from tests.support.collector import KNOWN, Collector


@pytest.fixture(scope="module", params=["embedded", "server"])
def collector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A running collector: once on embedded chDB, once over HTTP against the front. Shared by a module."""
    folder: Path = tmp_path_factory.mktemp("collector")
    if request.param == "embedded":
        running = Collector(folder / "data")
        running.developer_mode = True
        with running:
            yield running
        return
    with Front(folder / "clickhouse") as front, Collector(folder / "data", clickhouse_url=front.url) as running:
        yield running


LOG_END = 4000
TOGETHER = ("tests/analytics/", "tests/browser/dashboards/")
"""Folders whose tests share a fixture that takes long to make: one worker runs each."""


class FoldersAndFiles(LoadFileScheduling):
    """What one worker runs: a file, or one of the folders above."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FoldersAndFiles:
    return FoldersAndFiles(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With what fails, the ends of the logs of the collectors that had something to say meanwhile."""
    report = yield
    if report.failed:
        told = [one for one in KNOWN if one.log.exists() and one.log.stat().st_mtime >= report.start]
        report.sections += [(f"log of {one.data_dir}", one.log_text()[-LOG_END:]) for one in told]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What became of acknowledged events, at the end of every run that touched a fault."""
    ended = [report for reports in terminalreporter.stats.values() for report in reports]
    if lines := ledger.table(one for one in ended if getattr(one, "when", "") == "teardown"):
        terminalreporter.section("what became of acknowledged events")
        for line in lines:
            terminalreporter.write_line(line)
