"""What the endpoints under `/api/` share: who may call them how often, and how an answer is written."""

from collections.abc import Sequence

import limits
import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from collector.http.auth import Auth, Caller
from collector.intake.limits import RateLimits
from collector.rejection import Rejected
from collector.sites import DEFAULT_SITE, Scope, SitesFile


class ApiAccess:
    """Checks keys and, where `rate` says so (`60/minute`; empty: no limit), how often each asks; counted in each
    process."""

    def __init__(self, auth: Auth, sites: SitesFile, rate: str) -> None:
        self._auth = auth
        self._sites = sites
        self._rates = RateLimits(rate)
        self._rate = str(limits.parse(rate)) if rate else ""

    def require(self, request: Request, scope: Scope) -> Caller:
        """The caller, if it may do this now. Raises ProblemError 401 or 403, Rejected (`rate_limited`)."""
        caller = self._auth.require(request, scope)
        try:
            self._rates.check(caller.name)
        except Rejected as refused:  # in Reflexio's words
            raise Rejected(refused.reason, self._rate, retry_after=refused.retry_after) from None
        return caller

    def identify(self, request: Request) -> Caller:
        """The caller, whatever it may do. Raises ProblemError 401."""
        return self._auth.identify(request)

    def sites(self, allowed: Sequence[str] | None) -> list[str]:
        """The sites a key is for, by name; of one that is for all, those there are."""
        return list(allowed) if allowed is not None else [*self._sites.registry.sites, DEFAULT_SITE]


def own_site(caller: Caller) -> str:
    """Where a key publishes: to its only site, else to the site `default`."""
    return caller.sites[0] if caller.sites and len(caller.sites) == 1 else DEFAULT_SITE


def answer(told: BaseModel | dict[str, object], status: int = 200) -> Response:
    """JSON without null fields."""
    body = told.model_dump(mode="json", exclude_none=True) if isinstance(told, BaseModel) else told
    return Response(orjson.dumps(body), status, media_type="application/json")
