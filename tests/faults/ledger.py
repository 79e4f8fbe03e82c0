"""What became of every event a client was told about, and the table that `make faults` ends with."""

import csv
import io
import time
from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from tests.support.collector import ADMIN_KEY, Collector, eventually
from tests.support.load import Ledger

COPIES = "SELECT toString(event_id), toUInt32(count()) FROM {table} GROUP BY event_id"
ALL_TIME = {"from": "1971-01-01", "to": "2100-01-01"}
PROPERTY = "ledger line"
"""Under this name a test's report carries its lines, also from the processes that share a run."""


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
"""Those of the test that runs, in order."""


def note(
    fault: str,
    rounds: int,
    *,
    acknowledged: int = 0,
    once: int = 0,
    refused: Iterable[object] = (),
    recovery: float = 0.0,
) -> None:
    """A line of a fault at which the test itself compared: what it lost or doubled has failed it."""
    counted = Counter(map(str, refused))
    LINES.append(Line(fault, rounds, acknowledged, once, 0, acknowledged - once, 0, counted, recovery))


def recovered(collector: Collector, ledger: Ledger, ended: float, seconds: float = 30) -> float:
    """Wait until all that was acknowledged is listed, each event once, and the totals say the same; returns the
    seconds since the fault `ended` (monotonic) until the first. `seconds`: how long nothing at all may be delivered.

    To list hundreds of thousands of events takes longer than to deliver them: so the spool is watched first.
    """

    def missing() -> int:
        listed = _listed(collector)
        assert 1 == max(listed.values(), default=1)
        return len(ledger.acknowledged - set(listed))

    delivered = _delivered(collector, seconds)
    if missing():
        eventually(missing, lambda number: number == 0, seconds)
        delivered = time.monotonic()
    eventually(lambda: (_total(collector), _listed(collector).total()), lambda both: both[0] == both[1])
    return max(0.0, delivered - ended)


def _delivered(collector: Collector, seconds: float) -> float:
    """Wait until no segment waits in the spools, or for so long none of them has moved; returns when (monotonic)."""
    held: list[Path] = []
    moved = time.monotonic()
    while now := sorted((collector.data_dir / "spool").glob("[0-9]*/*-*.*")):
        if now != held:
            held, moved = now, time.monotonic()
        if time.monotonic() - moved > seconds:
            break
        time.sleep(0.02)
    return time.monotonic()


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
    destroyed: Set[str] = frozenset(),
) -> Line:
    """Wait until all that was acknowledged is listed, then hold the table against it: once, not twice, none lost.

    The listing hides copies, so the table is counted too: through `client`, or, when the engine is embedded, in SQL
    asked of the collector. `ended`: when the fault was over; `recovery` where there was more load after it and that
    was measured before. `destroyed`: events whose only bytes the fault itself destroyed; these, and no others, are
    lost.
    """
    took = recovered(collector, replace(ledger, acknowledged=ledger.acknowledged - destroyed), ended, seconds)
    copies = embedded_copies(collector) if client is None else server_copies(client)
    line = _line(fault, rounds, ledger, copies, took if recovery is None else recovery)
    LINES.append(line)
    kept = len(ledger.acknowledged) - len(destroyed)
    assert (len(destroyed), 0, 0, kept) == (line.lost, line.twice, line.kept, line.once), line
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
    return int(collector.get("/v1/summary", **ALL_TIME).json()["current"]["interactions"])


def _listed(collector: Collector) -> Counter[str]:
    """How often each event is exported; a row at a time, since a long run has millions."""
    headers = {"authorization": f"Bearer {ADMIN_KEY}", "accept": "application/x-ndjson"}
    with collector.http.stream("GET", "/v1/interactions", params=ALL_TIME, headers=headers) as answer:
        assert 200 == answer.status_code, answer.read()
        return Counter(orjson.loads(line)["event_id"] for line in answer.iter_lines())


def server_copies(client: Client) -> Counter[str]:
    """Rows of each event in the table, copies included."""
    return _counted(bytes(client.raw_query(COPIES.format(table="collector.interactions"), fmt="CSV")).decode())


def embedded_copies(collector: Collector) -> Counter[str]:
    """The same of a collector with its own database."""
    asked = {"sql": COPIES.format(table="interactions"), "format": "csv"}
    answer = collector.http.post("/v1/sql", json=asked, headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert 200 == answer.status_code, answer.text
    return _counted(answer.text.partition("\n")[2])


def _counted(text: str) -> Counter[str]:
    return Counter({event_id: int(copies) for event_id, copies in csv.reader(io.StringIO(text))})


def properties() -> list[tuple[str, dict[str, Any]]]:
    """The lines so far, for the report of the test that made them; they are taken out."""
    found = [(PROPERTY, {**vars(line), "refused": dict(line.refused)}) for line in LINES]
    LINES.clear()
    return found


def table(reports: Iterable[Any]) -> list[str]:
    """The lines that these test reports carry as text, aligned; none without."""
    made = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    lines = [Line(**{**fields, "refused": Counter(fields["refused"])}) for fields in made]
    head = (
        f"{'fault':52}{'rounds':>8}{'acked':>9}{'once':>9}{'twice':>7}{'lost':>6}{'kept':>6}{'recovery':>10}  refused"
    )
    return [head, *map(_text, sorted(lines, key=lambda line: line.fault.lower()))] if lines else []


def _text(line: Line) -> str:
    refused = ", ".join(f"{answer}: {count}" for answer, count in sorted(line.refused.items())) or "none"
    counts = f"{line.rounds:8}{line.acknowledged:9}{line.once:9}{line.twice:7}{line.lost:6}{line.kept:6}"
    return f"{line.fault:52}{counts}{line.recovery:8.2f} s  {refused}"
