"""What every question over HTTP shares: its parameters, the sites it may ask about, a database that is away."""

from collections.abc import Collection
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from collector import telemetry
from collector.analytics.interactions import Reach
from collector.http.auth import Caller
from collector.http.errors import ProblemError, wrong_parameters

log = telemetry.logger("http")

Query = TypeVar("Query", bound=BaseModel)


def parse_query(request: Request, model: type[Query], *, beside: Collection[str] = ()) -> Query:
    """The query, without the parameters `beside`, as its model. Raises ProblemError 422, which names each wrong parameter."""
    parameters = request.query_params
    repeated = sorted({name for name in parameters if len(parameters.getlist(name)) > 1})
    if repeated:
        raise ProblemError(422, "invalid_parameters", f"{repeated[0]}: given more than once")
    try:
        return model.model_validate(
            {k: v for k, v in parameters.items() if k not in beside}, by_alias=True, by_name=False
        )
    except ValidationError as error:
        raise wrong_parameters(error) from None


def sites_of(caller: Caller, site: str | None) -> Reach:
    """The sites to read. Raises ProblemError when the key may not read the one asked for."""
    if site is None:
        return Reach(caller.sites)
    if caller.sites is not None and site not in caller.sites:
        raise ProblemError(403, "site_not_allowed", f"the key {caller.name!r} may not read the site {site!r}")
    return Reach((site,))


def engine_problem(error: Exception) -> ProblemError:
    """The answer to a question that failed, which is logged."""
    log.error("a question failed", problem=str(error)[:500])
    return ProblemError(
        503,
        "engine_unavailable",
        "the database does not answer; what arrives is kept, try again",
        headers={"Retry-After": "5"},
    )
