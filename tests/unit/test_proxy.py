"""What a process without an engine answers by itself."""

import asyncio
from pathlib import Path

import httpx
import pytest

from collector.http.proxy import MOST_BODY_BYTES, EngineProxy


async def asked(socket: Path, path: str, body: bytes) -> httpx.Response:
    proxy = EngineProxy(socket)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://x") as client:
        answer = await client.post(path, content=body)
    await proxy.close()
    return answer


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b" " * (MOST_BODY_BYTES + 1), 413, "Request body too large"),
        (b"{}", 503, "the database does not answer; what arrives is kept, try again"),
    ],
    ids=["too large", "no engine"],
)
def test_below_api_it_answers_as_the_engines_process_would(tmp_path: Path, body: bytes, status: int, told: str) -> None:
    answer = asyncio.run(asked(tmp_path / "nobody", "/api/get_interactions", body))
    assert (status, {"detail": told}) == (answer.status_code, answer.json())
    assert (status == 503) == ("retry-after" in answer.headers)
    problem = asyncio.run(asked(tmp_path / "nobody", "/v1/sql", body))
    assert (status, "application/problem+json") == (problem.status_code, problem.headers["content-type"])
    assert status == problem.json()["status"]
