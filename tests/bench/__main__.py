"""`make bench`, or some of it: `make bench ARGS="throughput visibility"`."""

import os
import sys

from rich.console import Console

from tests.bench import analytics, dashboards, images, intake, reflexio, search_quality, search_speed, table_design, tag
from tests.support.collector import Collector

BENCHMARKS = {
    "analytics": analytics.analytics,
    "dashboards": dashboards.dashboards,
    "throughput": intake.throughput,
    "visibility": intake.visibility,
    "images": images.images,
    "reflexio": reflexio.reflexio,
    "search": search_speed.speed,
    "search-quality": search_quality.quality,
    "table": table_design.compare,
    "snippet": tag.snippet,
    "snippet-cost": tag.costs,
    "snippet-delivery": tag.delivery,
    "snippet-shop": tag.shop,
}


ONLY_BY_NAME = {"reflexio", "snippet", "snippet-delivery", "snippet-shop"}
"""These need what is large to install, or half an hour; `snippet` is all of its parts."""


def main(names: list[str]) -> None:
    Collector.forked = False
    console = Console(width=int(os.environ.get("COLUMNS", "140")))
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"there is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    for name in names or [name for name in BENCHMARKS if name not in ONLY_BY_NAME]:
        console.print(f"\n[bold]{name}[/]")
        BENCHMARKS[name](console)


main(sys.argv[1:])
