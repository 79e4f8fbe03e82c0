"""What an earlier version left, database and spool, is read by this one."""

from pathlib import Path

import pytest

from tests.faults import versions
from tests.faults.ledger import note
from tests.support.collector import Collector


@pytest.mark.parametrize("version", versions.names())
def test_folder_of_an_earlier_version_is_read_and_its_spool_delivered(tmp_path: Path, version: str) -> None:
    data, sent = versions.unpack(version, tmp_path)
    acknowledged = {one["event_id"]: one for group in sent.values() for batch in group for one in batch["events"]}
    with Collector(data, retention_days="3650") as collector:
        window = {"from": "2026-01-01", "to": "2100-01-01"}
        rows = collector.rows_when(len(acknowledged), **window)
        assert sorted(acknowledged) == sorted(row["event_id"] for row in rows)
        for row in rows:
            event = acknowledged[row["event_id"]]
            assert event.get("name", event["type"]) == row["event_name"]
            assert event.get("text") == row.get("content") and event.get("value") == row.get("value")
        assert {True} == {collector.send(batch).json()["duplicate"] for batch in sent["spooled"]}
        total = collector.get("/v1/summary", **window).json()["current"]["interactions"]
        assert len(acknowledged) == total
        note(f"upgrade from {version}", 1, acknowledged=len(acknowledged), once=len(rows))
        found = collector.get("/v1/search", q="charger").json()
        assert "charger" in str(found)
