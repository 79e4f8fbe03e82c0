"""Make the folder of today's version."""

import json
import tarfile
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from tests.faults.versions import HERE, Batches
from tests.support.collector import Collector, batch, event

EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("page_view", {"title": "Aster 16 Pro"}),
    ("click", {"x": 10, "y": 20, "target": {"tag": "a", "label": "Aster 16 Pro", "href": "https://shop.test/p/aster"}}),
    ("scroll", {"depth": 75}),
    ("feedback", {"text": "Does it ship with a charger?"}),
    ("custom", {"name": "configured", "props": {"memory": 32}, "value": 1299.5}),
]


def made(count: int, user: str) -> list[dict[str, Any]]:
    return [batch(*[event(kind, **fields) for kind, fields in EVENTS], user_id=user) for _ in range(count)]


def fill(data: Path) -> Batches:
    """Store some batches, spool some more, die."""
    sent = {"stored": made(4, "customer_001"), "spooled": made(3, "customer_002")}
    collector = Collector(data, segment_max_age_ms="60000")
    for group in ("stored", "spooled"):
        collector.start()
        for one in sent[group]:
            assert len(EVENTS) == collector.send(one).json()["accepted"]
        if group == "stored":
            assert 0 == collector.stop()
    collector.kill()
    collector.http.close()
    return sent


with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    (root / "sent.json").write_text(json.dumps(fill(root / "data")))
    migrations = resources.files("collector.clickhouse") / "migrations"
    name = max(item.name for item in migrations.iterdir() if item.name.endswith(".sql")).removesuffix(".sql")
    with tarfile.open(HERE / f"{name}.tar.xz", "w:xz") as archive:
        archive.add(root / "data", "data")
        archive.add(root / "sent.json", "sent.json")
    print(HERE / f"{name}.tar.xz")
