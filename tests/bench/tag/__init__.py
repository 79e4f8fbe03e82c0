"""`make bench ARGS=snippet`: what the script tag costs and what it delivers, beside other trackers on the same page.

Times are of the browser's own thread, so that other programs count little. Trackers that report no clicks by themselves
have their clicks marked where they can be (umami), else no figure. Also in pieces: `snippet-cost`, `snippet-delivery`,
`snippet-shop`.
"""

import json
import re
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.tag import closes, cost, lights
from tests.bench.tag.cold import far_from
from tests.bench.tag.peers import OURS, Tag, tags
from tests.bench.tag.sheet import Sheet
from tests.bench.tag.stage import browser, site
from tests.browser.snippet.server import DIST
from tests.support.collector import WRITE_KEY, Collector, eventually

TELLS = 50
"""Bytes a click from which on a tracker reports clicks at all."""


def snippet(console: Console) -> None:
    """Sizes and costs, what arrives, and the shop with and without the tag."""
    costs(console)
    delivery(console)
    shop(console)


def costs(console: Console) -> None:
    """What a tag costs: bytes, script time, time in a click, requests."""
    alone, *compared = tags()
    sheet = Sheet("Cost on a page of 24 products, over the page alone", [tag.name for tag in compared])
    _sizes(sheet, compared)
    with site(compared) as stage, browser() as opened:
        loads = {rate: cost.loads(opened, stage, [alone, *compared], rate) for rate in (1, 4)}
        wires = {tag.name: cost.wire(opened, stage, tag) for tag in compared}
        clicking = [tag for tag in compared if wires[tag.name].bytes_a_click >= TELLS]
        clicks = cost.clicks(opened, stage, [alone, *clicking], 4)
        for tag in compared:
            once, slow = loads[1], loads[4]
            sheet.note("script at load, ms", tag.name, once[tag.name].script - once[alone.name].script)
            sheet.note("script at load, 4× throttle, ms", tag.name, slow[tag.name].script - slow[alone.name].script)
            sheet.note("tasks over 50 ms at load, 4×", tag.name, slow[tag.name].long - slow[alone.name].long)
            wire = wires[tag.name]
            sheet.note("requests, 20 clicks and a full scroll in 10 s", tag.name, wire.requests)
            sheet.note("preflights", tag.name, wire.preflights)
            if tag not in clicking:
                continue  # it reports no clicks: what one costs says nothing
            sheet.note("bytes a click", tag.name, wire.bytes_a_click)
            its, base = clicks[tag.name], clicks[alone.name]
            added = [with_it - without for with_it, without in zip(its.clicks, base.clicks, strict=True)]
            sheet.note("added to a click, 4×, median ms", tag.name, statistics.median(added))
            sheet.note("added to a click, 4×, max ms", tag.name, max(added))
            sheet.note("added to the pointer's first move, 4×, ms", tag.name, its.first_move - base.first_move)
    console.print(sheet.table())


def _sizes(sheet: Sheet, compared: list[Tag]) -> None:
    manifest = json.loads((DIST / "manifest.json").read_bytes())
    sheet.note("core, gzip bytes", OURS, manifest["gzip"])
    for tag in compared:
        sheet.note("all that each page loads, gzip bytes", tag.name, tag.gzip)
    sheet.note("screenshot part, gzip bytes", OURS, manifest["chunks"]["shot"]["gzip"])


def delivery(console: Console) -> None:
    """Clicks that arrived, over a connection that is far away and cold."""
    compared = tags()[1:]
    sheet = Sheet(
        "Clicks that arrived; the collector is far away (TLS, 80 ms each way)", [tag.name for tag in compared]
    )
    with tempfile.TemporaryDirectory() as name, site(compared) as stage:
        folder = Path(name)
        with Collector(folder / "data", sites=f"shop={WRITE_KEY}@*") as collector:
            for tag in compared:
                stage.received.clear()
                port, arrived = collector.port, closes.at_collector(collector)
                if tag.name != OURS:
                    port, arrived = int(stage.url.rpartition(":")[2]), closes.at_sink(stage)
                with far_from(port, folder) as host:
                    found = closes.delivery(stage, tag, host, arrived)
                console.print(f"{tag.name}: {found.arrived}", highlight=False)
                for figure, (number, of) in found.arrived.items():
                    sheet.note(figure, tag.name, of - number, f"{number:,} of {of:,}")
                if tag.name == OURS:
                    sheet.note("rows stored twice", OURS, _twice(collector))
                sheet.note("back-forward cache", tag.name, not found.from_cache, "kept" if found.from_cache else "lost")
    console.print(sheet.table())


def _twice(collector: Collector) -> int:
    """Rows the writer put into the table beyond those that a listing, which hides copies, has."""

    def looks() -> tuple[int, int, int]:
        before = len(collector.rows())
        metrics = collector.http.get("/metrics").text
        inserted = re.search(r"^collector_inserted_rows_total ([\d.e+]+)", metrics, re.MULTILINE)
        return before, int(float(inserted[1])) if inserted else 0, len(collector.rows())

    before, inserted, _ = eventually(looks, lambda found: found[0] == found[2])
    return inserted - before


def shop(console: Console) -> None:
    """The demo shop's first page with and without the tag."""
    table = Table(
        title=f"The demo shop's first page on a phone, {lights.THROTTLE}× throttle", box=None, title_justify="left"
    )
    for column in ("", *lights.NAMES):
        table.add_column(column, justify="right" if column else "left")
    with (
        tempfile.TemporaryDirectory() as folder,
        Collector(Path(folder) / "data", sites=f"shop={WRITE_KEY}@*") as collector,
        browser() as opened,
    ):
        for label, figures in lights.compare(opened, collector).items():
            table.add_row(label, *[f"{figure:,.3f}" if 0 < figure < 1 else f"{figure:,.0f}" for figure in figures])
    console.print(table)
