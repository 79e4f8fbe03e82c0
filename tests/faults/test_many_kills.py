"""The long version of the kill test: `make faults`; FAULT_ROUNDS says how many kills."""

import os
import random
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.test_kill import survive
from tests.support.collector import Collector
from tests.support.load import Ledger

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "50"))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_many_kills_lose_nothing_and_double_nothing(tmp_path: Path, workers: str) -> None:
    ledger = Ledger()
    collector = Collector(tmp_path / "data", segment_max_age_ms="50", workers=workers)
    with closing(collector.http):
        survive(collector, ledger, random.Random(11), ROUNDS)
    print(
        f"{workers} worker(s): {ROUNDS} kills, {len(ledger.acknowledged)} events acknowledged and stored once, none lost"
    )
