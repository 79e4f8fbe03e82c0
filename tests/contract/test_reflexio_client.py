"""Reflexio's own client and the examples of its page, with nothing changed but the address."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.collector import ADMIN_KEY, Collector, eventually
from tests.support.picturing import picture

HERE = Path(__file__).parent / "reflexio_page"
CLIENT = Path(__file__).parents[2] / ".venv-reflexio" / "bin" / "python"
PICTURES = {
    "reviewer_bob": "product_photos/smartphone.jpg",
    "fashion_client": "fashion/outfit_1.jpg",
    "beta_tester": "screenshots/app_interface.png",
    "qa_tester": "bugs/error_screen.png",
}

needs_client = pytest.mark.skipif(
    not CLIENT.exists(), reason="needs Reflexio's client: install Python 3.12 or newer, then sh .ci/reflexio-client"
)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    with Collector(tmp_path / "data") as running:
        yield running


def run(collector: Collector, command: list[str], folder: Path) -> str:
    environment = {**os.environ, "REFLEXIO_URL": collector.url, "REFLEXIO_API_KEY": ADMIN_KEY}
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )
    assert 0 == done.returncode, done.stderr[-3000:] + collector.log_text()[-1000:]
    return done.stdout


def searched(collector: Collector) -> list[dict[str, Any]]:
    """What the page's question finds, once all texts are embedded; empty before."""
    question = {"user_id": "customer_001", "query": "password reset login issues"}
    headers = {"authorization": f"Bearer {ADMIN_KEY}"}
    told = collector.http.post("/api/search_interactions", json=question, headers=headers).json()
    return [] if told.get("degraded") else list(told["interactions"])


@needs_client
def test_the_pages_python_examples_run(collector: Collector, tmp_path: Path) -> None:
    drawn = {}
    for number, (user, name) in enumerate(PICTURES.items()):
        path = tmp_path / name
        path.parent.mkdir()
        drawn[user] = picture(20 + number, 20, form="JPEG" if name.endswith("jpg") else "PNG")
        path.write_bytes(drawn[user])
    told = json.loads(run(collector, [str(CLIENT), str(HERE / "examples.py")], tmp_path).splitlines()[-1])
    best = "Let me help you reset your password. I'll send you a reset link via email."
    assert best in told["searched"]
    assert best in [one["content"] for one in eventually(lambda: searched(collector))][:2]
    assert {"click": 3, "scroll": 1, "none": 1} == told["actions"]
    assert ["This laptop looks perfect for my video editing work", "Added to cart"] == told["contents"]
    assert "clicked on 'Laptops' category" == told["descriptions"][0]
    assert [1] == list(told["days"].values())
    for user, [address] in told["images"].items():
        assert drawn[user] == collector.get(urlsplit(address).path).content


@needs_client
def test_every_call_of_the_client_is_answered_as_its_server_does(collector: Collector, tmp_path: Path) -> None:
    run(collector, [str(CLIENT), str(HERE / "calls.py")], tmp_path)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_pages_curl_commands_are_answered(collector: Collector, tmp_path: Path) -> None:
    out = run(collector, ["bash", str(HERE / "examples.sh")], tmp_path)
    answers = list(_objects(out))
    assert 12 == len(answers)
    published, asked = answers[:9], answers[9:]
    assert [True] * 9 == [answer["success"] for answer in published]
    assert [4, 5, 6, 7] == [n for n, answer in enumerate(published, 1) if "placeholder" in "".join(answer["warnings"])]
    assert [True] * 3 == [answer["success"] for answer in asked]
    assert {"shopper_dave"} == {row["user_id"] for row in collector.rows_when(5, user_id="shopper_dave")}
    expert = [row for row in collector.rows_when(8, user_id="customer_001") if "expert_content" in row]
    assert ["You can return electronics within 30 days of purchase."] == [row["content"] for row in expert]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects written one after the other."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        found, place = decoder.raw_decode(text, place)
        yield found
