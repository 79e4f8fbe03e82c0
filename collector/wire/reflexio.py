"""Reflexio's interaction API but publishing: what is asked, and what is answered. Null fields are left out."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from collector.interaction import Action
from collector.wire.publish import Id, NotBlank, Source


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Time = Annotated[datetime, AfterValidator(_in_utc)]
MOST = 2**30
"""More can't be told of; the contract names no upper limit, and in the engine larger numbers begin again at 0."""
_NO_ID = 2**53
"""Interaction ids are below."""
_Bounded = AfterValidator(lambda count: min(count, MOST))
Count = Annotated[int, Field(gt=0), _Bounded]


class _Window(BaseModel):
    start_time: Time | None = Field(None, description="first second, ISO 8601; without a zone it is UTC")
    end_time: Time | None = Field(None, description="last second, included")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start_time and self.end_time and self.end_time <= self.start_time:
            raise ValueError("end_time must be after start_time")
        return self


class GetInteractions(_Window):
    """A user's interactions, newest first."""

    user_id: NotBlank
    top_k: Count | None = Field(30, description="at most so many; null: all")


class GetAllInteractions(BaseModel):
    """The newest interactions of all users."""

    limit: Annotated[int, _Bounded] = Field(100, description="at most so many; -1: all")


class SearchMode(StrEnum):
    """By meaning, by words, or by both."""

    VECTOR = "vector"
    FTS = "fts"
    HYBRID = "hybrid"


class SearchInteractions(_Window):
    """A search by words and meaning among a user's interactions."""

    user_id: NotBlank
    request_id: Id | None = None
    query: str | None = None
    top_k: Count | None = None
    most_recent_k: Count | None = None
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="least cosine to the query; hybrid keeps what has no embedding yet, fts has no cosine and ignores it",
    )
    search_mode: SearchMode = SearchMode.HYBRID


class GetRequests(_Window):
    """Requests by session; `top_k` and `offset` count sessions."""

    user_id: Id | None = None
    request_id: Id | None = None
    session_id: Id | None = None
    source: Source | None = None
    top_k: Count | None = 30
    offset: Annotated[int, Field(ge=0), _Bounded] | None = 0


class LearningStatusQuery(BaseModel):
    """Which publish."""

    request_id: Id


class PublishQuery(BaseModel):
    """How a publish is answered."""

    wait_for_response: bool = Field(False, description="answer when it can be read back")


class DeleteInteraction(BaseModel):
    """Which interaction to delete."""

    user_id: NotBlank
    interaction_id: Annotated[int, Field(gt=0), AfterValidator(lambda number: min(number, _NO_ID))]


class DeleteRequest(BaseModel):
    """Which request to delete, with its interactions."""

    request_id: NotBlank


class DeleteSession(BaseModel):
    """Which session to delete."""

    session_id: NotBlank


class DeleteRequests(BaseModel):
    """Which requests to delete."""

    request_ids: list[Id] = Field(min_length=1, max_length=10_000)


class ClearUserData(BaseModel):
    """Whose data to delete."""

    user_id: NotBlank


class ApiInteraction(BaseModel):
    """An interaction as Reflexio's clients read it."""

    interaction_id: int
    user_id: str = Field(description="the user's id, else the visitor's, else anon: and the session's")
    request_id: str
    created_at: int = Field(description="Unix seconds")
    role: str = "User"
    content: str = ""
    user_action: Action = Action.NONE
    user_action_description: str = ""
    interacted_image_url: str = ""
    shadow_content: str = ""
    expert_content: str = ""
    tools_used: list[dict[str, Any]] = []
    retrieved_learnings: list[dict[str, Any]] = []


class ApiRequest(BaseModel):
    """A publish, or a batch of the script tag."""

    request_id: str
    user_id: str
    created_at: int = Field(description="Unix seconds")
    source: str = ""
    agent_version: str = ""
    session_id: str
    evaluation_only: bool = False
    retrieval_experiment_id: str | None = None
    retrieval_experiment_arm: str | None = None


class RequestWithInteractions(BaseModel):
    """A request and its interactions, oldest first."""

    request: ApiRequest
    interactions: list[ApiInteraction]


class ApiSession(BaseModel):
    """A session's requests, newest first."""

    session_id: str
    requests: list[RequestWithInteractions]


class Interactions(BaseModel):
    """Interactions found."""

    success: bool
    interactions: list[ApiInteraction]
    msg: str | None = None
    degraded: bool | None = Field(None, description="some rows could not be compared by meaning yet")


class Requests(BaseModel):
    """Sessions found, newest first."""

    success: bool
    sessions: list[ApiSession]
    has_more: bool = False
    msg: str | None = None


class LearningStatus(BaseModel):
    """What became of a publish."""

    status: Literal["pending", "processing", "done", "failed", "not_tracked"]
    reason: str | None = None


class Deleted(BaseModel):
    """Done, also when nothing matched."""

    success: bool
    message: str = ""


class DeletedSession(Deleted):
    """How many requests the session had."""

    deleted_requests_count: int = 0


class DeletedMany(Deleted):
    """How many requests are gone."""

    deleted_count: int = 0


class ClearedUser(BaseModel):
    """How many of each are gone."""

    success: bool
    deleted_counts: dict[str, int]
    message: str | None = None


class WhoAmI(BaseModel):
    """The key's organisation, and where its data is."""

    success: bool
    org_id: str
    storage_type: str | None = None
    storage_label: str | None = None
    storage_configured: bool = False
    message: str = ""


class VersionInfo(BaseModel):
    """Which version of the API this is."""

    server_version: str
    api_version: str
    min_client_version: str


class Detail(BaseModel):
    """Why a request was refused: a sentence, or the wrong fields one by one."""

    detail: str | list[dict[str, Any]]


class RateLimited(BaseModel):
    """Too many requests; `Retry-After` says when to come back."""

    error: str
