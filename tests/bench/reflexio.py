"""Ours and a real Reflexio server, one after the other in the same run: publishes of several sizes, and search as the
table grows. `make bench ARGS=reflexio` installs the server (tests/reflexio/server.sh) where it is not there yet.

The same calls go to both, over HTTP on loopback. Reflexio runs twice: with words only, and with its embeddings on this
machine, which is what its search by meaning needs. Where it would take too long it is stopped, and the table says so.
"""

import itertools
import os
import re
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from tests.bench.intake import running
from tests.bench.search_set import load
from tests.reflexio.server import KEY, SCRIPT, RealServer
from tests.support.collector import ADMIN_KEY, Collector, eventually
from tests.support.ports import free_port

PUBLISHES = {1: 30, 10: 30, 50: 20, 1000: 5}
"""Items of a request: how many such requests."""
SIZES = (100, 10_000, 100_000)
OF_A_PERSON = 1000
QUESTIONS = 60
PUBLISH_SECONDS = float(os.environ.get("BENCH_PUBLISH_SECONDS", "20"))
"""For one size of publishes; one that runs is waited for, `CALL_SECONDS` at most."""
FILL_SECONDS = float(os.environ.get("BENCH_FILL_SECONDS", "120"))
CALL_SECONDS = float(os.environ.get("BENCH_CALL_SECONDS", "120"))
PACE_SECONDS = 20.0
"""Filling that will not get there in time at the pace of its first seconds is stopped then."""
PER_ADDRESS = 50
"""Reflexio takes 60 publishes a minute from an address, so the load comes from many of this machine's."""
MODEL = Path("home") / ".cache"


class Api:
    """Reflexio's API at some address."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {key}", "user-agent": "reflexio-client"}
        self._sources = itertools.count(2)
        self._left = 0
        self._http = self._connect()

    def _connect(self) -> httpx.Client:
        self._left = PER_ADDRESS
        source = httpx.HTTPTransport(local_address=f"127.0.0.{next(self._sources)}")
        return httpx.Client(base_url=self._url, headers=self._headers, timeout=CALL_SECONDS, transport=source)

    def call(self, path: str, body: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        """Milliseconds, and the answer. Raises httpx.TimeoutException."""
        if not self._left:
            self._http.close()
            self._http = self._connect()
            self._http.get("/health")  # connected before the time is taken
        self._left -= 1
        started = time.perf_counter()
        answer = self._http.post(path, json=body)
        taken = (time.perf_counter() - started) * 1000
        told: dict[str, Any] = answer.raise_for_status().json()
        if not told["success"]:
            raise SystemExit(f"{path} was refused: {told}")
        return taken, told

    def close(self) -> None:
        self._http.close()


@dataclass
class Measured:
    """Milliseconds: medians by items of a publish, (p50, p95) by rows; and where it was stopped, in words."""

    publishes: dict[int, float] = field(default_factory=dict)
    readable: dict[int, float] = field(default_factory=dict)
    searches: dict[int, tuple[float, float]] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Load:
    """What is sent: texts of the labelled set, each with a number of its own."""

    def __init__(self) -> None:
        texts, questions = load()
        self._texts = [text.text for text in texts]
        self.questions = [question.text for question in questions[:: max(1, len(questions) // QUESTIONS)]][:QUESTIONS]
        self._number = itertools.count()

    def publish(self, user: str, items: int) -> dict[str, Any]:
        numbers = list(itertools.islice(self._number, items))
        said = [
            {"role": "User", "content": f"{self._texts[n % len(self._texts)]} #{n}", "created_at": int(time.time())}
            for n in numbers
        ]
        return {"user_id": user, "session_id": str(uuid.uuid4()), "interaction_data_list": said}


def _publishes(api: Api, load: Load, path: str, stops: list[str]) -> dict[int, float]:
    """The median of each size."""
    medians = {}
    for items, times in PUBLISHES.items():
        taken: list[float] = []
        began = time.monotonic()
        while len(taken) < times and time.monotonic() - began < PUBLISH_SECONDS:
            try:
                taken.append(api.call(path, load.publish("someone", items))[0])
            except httpx.TimeoutException:
                stops.append(f"a publish of {items:,} was given up after {CALL_SECONDS:.0f} s without an answer")
                return medians
        if len(taken) < times:
            stops.append(f"publishes of {items:,}: median of {len(taken)}, since {PUBLISH_SECONDS:.0f} s were over")
        medians[items] = statistics.median(taken)
    return medians


def _searches(api: Api, load: Load, rows: int) -> tuple[float, float]:
    people = max(1, rows // OF_A_PERSON)
    taken = []
    for number, question in enumerate([load.questions[0], *load.questions]):  # the first one warms up
        user = f"person-{number * 37 % people}"
        body = {"user_id": user, "query": question, "top_k": 10, "search_mode": "hybrid"}
        taken.append(api.call("/api/search_interactions", body)[0])
    return statistics.median(taken[1:]), statistics.quantiles(taken[1:], n=20)[-1]


def _growing(api: Api, load: Load, measured: Measured, chunk: int, settled: Callable[[int], object]) -> None:
    """Search at each size that is reached in time. `settled` waits until that many rows can be found."""
    rows = 0
    for size in SIZES:
        first, began = rows, time.monotonic()
        while rows < size:
            spent = time.monotonic() - began
            needed = spent / max(1, rows - first) * (size - first)
            if spent > FILL_SECONDS or (spent > PACE_SECONDS and needed > 2 * FILL_SECONDS):
                measured.stops.append(
                    f"search: filling was stopped at {rows:,} of {size:,} rows after {spent:.0f} s; at this pace they "
                    f"take {needed:,.0f} s, and {FILL_SECONDS:.0f} s are allowed"
                )
                return
            person = rows // OF_A_PERSON
            items = min(chunk, size - rows, (person + 1) * OF_A_PERSON - rows)
            api.call("/api/publish_interaction", load.publish(f"person-{person}", items))
            rows += items
        filled = time.monotonic() - began
        settled(size)
        measured.notes.append(
            f"{size:,} rows: {filled:.0f} s to publish, all to be found after {time.monotonic() - began:.0f} s"
        )
        measured.searches[size] = _searches(api, load, size)


def ours() -> Measured:
    measured = Measured()
    for part in ("publish", "search"):
        with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as collector:
            api, load = Api(collector.url, ADMIN_KEY), Load()
            api.call("/api/publish_interaction", load.publish("first", 1))
            if part == "publish":
                measured.publishes = _publishes(api, load, "/api/publish_interaction", measured.stops)
                waits = "/api/publish_interaction?wait_for_response=true"
                measured.readable = _publishes(api, load, waits, measured.stops)
            else:
                _growing(api, load, measured, OF_A_PERSON, partial(_embedded, collector))
            api.close()
    return measured


def _embedded(collector: Collector, rows: int) -> None:
    def embedded() -> float:
        found = re.search(r"^collector_embedded_texts_total ([\d.e+]+)", collector.http.get("/metrics").text, re.M)
        return float(found[1]) if found else 0

    eventually(embedded, lambda count: count >= rows, seconds=400)


@contextmanager
def real(installed: Path, mode: str) -> Iterator[RealServer]:
    """A Reflexio server without data of earlier runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "venv").symlink_to(installed / "venv")
        (folder / "home").mkdir()
        (folder / MODEL).symlink_to(installed / MODEL)
        server = RealServer(folder, mode, free_port())
        server.start()
        try:
            yield server
        finally:
            server.http.close()
            server.stop()


def theirs(installed: Path, mode: str) -> Measured:
    measured = Measured()
    for part in ("publish", "search"):
        with real(installed, mode) as server:
            api, load = Api(server.url, KEY), Load()
            api.call("/api/publish_interaction", load.publish("first", 1))
            if part == "publish":
                measured.publishes = _publishes(api, load, "/api/publish_interaction", measured.stops)
            else:
                _growing(api, load, measured, 50 if mode == "vec" else OF_A_PERSON, lambda _: None)
            api.close()
    return measured


def _installed() -> Path | None:
    folder = Path(os.environ.get("REFLEXIO_DIR", ".reflexio")).resolve()
    if not (folder / "venv" / "bin" / "reflexio").exists():
        return None
    if not list((folder / MODEL).glob("chroma/**/model.onnx")):
        environment = {**os.environ, "REFLEXIO_DIR": str(folder)}
        subprocess.run(["bash", str(SCRIPT), "model"], check=True, env=environment, capture_output=True)
    return folder


def _ratio(other: float | None, own: float) -> str:
    return "–" if other is None else f"{other / own:,.0f} ×" if other >= 10 * own else f"{other / own:.1f} ×"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _print_publishes(console: Console, own: Measured, words: Measured, meaning: Measured) -> None:
    table = Table(title="publish, ms at the median", header_style="bold", box=None, padding=(0, 2))
    for name in (
        "items",
        "ours, durable",
        "ours, readable",
        "Reflexio, words",
        "ratio",
        "Reflexio, embeddings",
        "ratio",
    ):
        table.add_column(name, justify="right")
    for items in PUBLISHES:
        mine = own.publishes[items]
        one, other = words.publishes.get(items), meaning.publishes.get(items)
        figures = [
            _ms(mine),
            _ms(own.readable.get(items)),
            _ms(one),
            _ratio(one, mine),
            _ms(other),
            _ratio(other, mine),
        ]
        table.add_row(f"{items:,}", *figures)
    console.print(table)


def _print_searches(console: Console, own: Measured, words: Measured, meaning: Measured) -> None:
    title = f"search of one person's texts (at most {OF_A_PERSON:,}), hybrid, {QUESTIONS} questions: ms at p50 and p95"
    table = Table(title=title, header_style="bold", box=None, padding=(0, 2))
    for name in ("rows", "ours", "Reflexio, words", "ratio at p95", "Reflexio, embeddings", "ratio at p95"):
        table.add_column(name, justify="right")
    for size in SIZES:
        mine = own.searches.get(size)
        cells = []
        for other in (words.searches.get(size), meaning.searches.get(size)):
            cells += [_pair(other), _ratio(other[1], mine[1]) if other and mine else "–"]
        table.add_row(f"{size:,}", _pair(mine), *cells)
    console.print(table)


def _pair(found: tuple[float, float] | None) -> str:
    return f"{_ms(found[0])} / {_ms(found[1])}" if found else "–"


def reflexio(console: Console) -> None:
    """Print both tables, and below them where something was stopped and why."""
    installed = _installed()
    if installed is None:
        console.print("left out: the Reflexio server is not installed; `make bench ARGS=reflexio` does that")
        return
    own = ours()
    words, meaning = (theirs(installed, mode) for mode in ("fts", "vec"))
    _print_publishes(console, own, words, meaning)
    _print_searches(console, own, words, meaning)
    for name, measured in (("ours", own), ("Reflexio, words", words), ("Reflexio, embeddings", meaning)):
        for line in (*measured.notes, *measured.stops):
            console.print(f"{name}: {line}")
    console.print(
        "durable: fsynced before the answer; readable: asked to wait until it can be read back. Ours always has "
        "embeddings, made after the answer.\nReflexio answers once its row is in SQLite; what it "
        "learns needs a language model, which it does not have here."
    )
