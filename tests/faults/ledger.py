"""What became of every event a client was told about, and the table that `make faults` ends with."""

import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_connect.driver.client import Client

from tests.support.collector import Collector, eventually
from tests.support.load import Ledger

COPIES = "SELECT toString(event_id), toUInt32(count()) FROM collector.interactions GROUP BY event_id FORMAT TSV"


@dataclass
class Line:
    """One fault: events acknowledged, and how often each is in the table. `twice` counts all that were sent, `kept`
    those that are stored though every answer to them was a refusal. `recovery`: seconds from the fault's end until
    all that was acknowledged was listed."""

    fault: str
    rounds: int
    acknowledged: int
    once: int
    twice: int
    lost: int
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    recovery: float = 0.0


LINES: list[Line] = []
"""The faults accounted for in this run, in order."""


def recovered(collector: Collector, ledger: Ledger, ended: float, seconds: float = 30) -> float:
    """Wait until all that was acknowledged is listed, each event once, and the totals say the same; returns the
    seconds since the fault `ended` (monotonic) until the first."""

    def missing() -> int:
        listed = _listed(collector)
        assert 1 == max(listed.values(), default=1)
        return len(ledger.acknowledged - set(listed))

    eventually(missing, lambda number: number == 0, seconds)
    recovery = time.monotonic() - ended
    eventually(lambda: (_total(collector), _listed(collector).total()), lambda both: both[0] == both[1])
    return recovery


def account(
    collector: Collector,
    ledger: Ledger,
    fault: str,
    rounds: int,
    *,
    ended: float,
    recovery: float | None = None,
    client: Client | None = None,
    seconds: float = 30,
) -> Line:
    """Wait until all that was acknowledged is listed, then hold the table against it: once, not twice, none lost.

    The listing hides copies, so the table is counted too: through `client`, or, when the engine is embedded, by a
    process of its own after the collector was stopped. `ended`: when the fault was over; `recovery` where there was
    more load after it and that was measured before.
    """
    took = recovered(collector, ledger, ended, seconds)
    if client is None:
        assert 0 == collector.stop(), collector.log_text()[-2000:]
    copies = embedded_copies(collector.data_dir) if client is None else server_copies(client)
    line = _line(fault, rounds, ledger, copies, took if recovery is None else recovery)
    LINES.append(line)
    assert (0, 0, 0, len(ledger.acknowledged)) == (line.lost, line.twice, line.kept, line.once), line
    return line


def _line(fault: str, rounds: int, ledger: Ledger, copies: Counter[str], recovery: float) -> Line:
    times = [copies[one] for one in ledger.acknowledged]
    twice = sum(copies[one] > 1 for one in ledger.sent | ledger.acknowledged)
    unanswered = {one["event_id"] for sent in ledger.open for one in sent["events"]}
    kept = sum(copies[one] > 0 for one in ledger.turned_away - ledger.acknowledged - unanswered)
    refused = Counter(str(status) for status in ledger.refused)
    return Line(fault, rounds, len(times), times.count(1), twice, times.count(0), kept, refused, recovery)


def _total(collector: Collector) -> int:
    """What the analytics count, over all time."""
    window = {"from": "2000-01-01", "to": "2100-01-01"}
    return int(collector.get("/v1/summary", **window).json()["current"]["interactions"])


def _listed(collector: Collector) -> Counter[str]:
    return Counter(row["event_id"] for row in collector.rows())


def server_copies(client: Client) -> Counter[str]:
    """Rows of each event in the table, copies included."""
    return _counted(bytes(client.raw_query(COPIES)).decode())


def embedded_copies(data_dir: Path) -> Counter[str]:
    """The same of a stopped collector's own database, read by another process."""
    script = (
        "import clickhouse_connect, sys\n"
        "client = clickhouse_connect.get_client(interface='chdb', path=sys.argv[1])\n"
        "print(bytes(client.raw_query(sys.argv[2])).decode())\n"
    )
    command = [sys.executable, "-c", script, str(data_dir / "clickhouse"), COPIES]
    return _counted(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _counted(text: str) -> Counter[str]:
    return Counter({line.split("\t")[0]: int(line.split("\t")[1]) for line in text.splitlines() if line})


def table() -> list[str]:
    """The lines as text, aligned."""
    head = (
        f"{'fault':44}{'rounds':>8}{'acked':>9}{'once':>9}{'twice':>7}{'lost':>6}{'kept':>6}{'recovery':>10}  refused"
    )
    return [head, *map(_text, LINES)]


def _text(line: Line) -> str:
    refused = ", ".join(f"{answer}: {count}" for answer, count in sorted(line.refused.items())) or "none"
    counts = f"{line.rounds:8}{line.acknowledged:9}{line.once:9}{line.twice:7}{line.lost:6}{line.kept:6}"
    return f"{line.fault:44}{counts}{line.recovery:8.2f} s  {refused}"
