"""The client of a Reflexio server's publish and deletes: one attempt, and what it means.

401, 403, 408, 429, 5xx and time-outs say nothing about the request: it is tried again. 413 and 422 are for good. The
server answers 200 also where a delete finds nothing, so 400, 404, 405 and redirects mean a wrong address or a proxy.
A warning that names skipped items is a failed delivery: the server did not keep all of it.
"""

from dataclasses import dataclass
from typing import Any

import httpx

from collector import __version__

TIMEOUT = httpx.Timeout(30, connect=5)
_REFUSED = frozenset({413, 422})
_SERVER_WIDE = frozenset({301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 429, 502, 503, 504})
MOST_REASON = 500


@dataclass(frozen=True)
class Delivered:
    """The server has it."""


@dataclass(frozen=True)
class Refused:
    """The server will never take it; `status` is 0 where it took it and skipped some."""

    reason: str
    status: int = 0


@dataclass(frozen=True)
class Again:
    """Nothing is known to have arrived. `after`: seconds the server asked for; `everyone`: others would fare alike."""

    reason: str
    after: float = 0
    everyone: bool = False


Outcome = Delivered | Refused | Again


class Client:
    """Calls one server. Idle connections are not kept: the server can leave them hanging."""

    def __init__(self, url: str, api_key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=TIMEOUT,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={
                "user-agent": f"interaction-collector/{__version__}",
                **({"authorization": f"Bearer {api_key}"} if api_key else {}),
            },
        )

    async def publish(self, body: dict[str, Any]) -> Outcome:
        """Publish one request; its `request_id` makes a repeat harmless."""
        answer = await self._call("POST", "/api/publish_interaction", body)
        if not isinstance(answer, dict):
            return answer
        if not answer.get("success"):
            message = str(answer.get("message") or answer)
            return Delivered() if "already exists" in message else Refused(message[:MOST_REASON])
        skipped = [text for text in map(str, answer.get("warnings") or []) if "skip" in text.lower()]
        return Refused("; ".join(skipped)[:MOST_REASON]) if skipped else Delivered()

    async def delete(self, path: str, body: dict[str, Any]) -> Outcome:
        """Call one of the deletes; a repeat finds nothing and succeeds."""
        method = "POST" if path == "/api/clear_user_data" else "DELETE"
        answer = await self._call(method, path, body)
        if not isinstance(answer, dict):
            return answer
        return Delivered() if answer.get("success") else Again(str(answer.get("message") or answer)[:MOST_REASON])

    async def _call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any] | Refused | Again:
        try:
            response = await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            return Again(f"{type(error).__name__}: {error}"[:MOST_REASON], everyone=True)
        status = response.status_code
        if status in _REFUSED:
            return Refused(f"{status}: {response.text}"[:MOST_REASON], status)
        if not response.is_success:
            return Again(f"{status}: {response.text}"[:MOST_REASON], _retry_after(response), status in _SERVER_WIDE)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            return Again("the answer is no JSON object; is COLLECTOR_REFLEXIO_URL a Reflexio server?", everyone=True)
        return answer

    async def close(self) -> None:
        """Close what is open."""
        await self._http.aclose()


def _retry_after(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0
