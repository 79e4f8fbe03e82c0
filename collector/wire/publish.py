"""Publishing: the body of `POST /api/publish_interaction`, as Reflexio's clients send it, and its answer.

Keys nobody knows are dropped and named in `warnings`; an empty item is skipped, a contradictory one refuses all.
"""

import time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    PrivateAttr,
    StringConstraints,
    model_validator,
)  # fmt: skip

from collector.interaction import Action
from collector.wire.address import image_url

MOST_ITEMS = 1000
_MOST_NAMES = 5
_MOST_WARNINGS = 20
_MOST_PLACES = 10
_NAME_LENGTH = 100
_STATUS_LENGTH = 200
_FIRST_MILLISECONDS = 100_000_000_000
_LAST_SECOND = 4_291_747_199
"""The end of 2105: the last time the table's sorting key can tell."""


def _not_blank(text: str) -> str:
    if not (stripped := text.strip()):
        raise ValueError("String must not be empty or whitespace-only")
    return stripped


def _seconds(value: int) -> int:
    """Milliseconds are brought to seconds. Raises ValueError for what the table can't hold."""
    if value >= _FIRST_MILLISECONDS:
        value //= 1000
    if not 0 <= value <= _LAST_SECOND:
        raise ValueError("must be Unix seconds between 1970 and 2105")
    return value


def _status(value: object) -> str:
    """Whatever was sent, as a short text: a tool's status refuses no publish."""
    return "" if value is None else str(value)[:_STATUS_LENGTH]


Id = Annotated[str, StringConstraints(max_length=8000)]
"""Longer ones could be published and not deleted: a server takes 128 KiB in a parameter."""
NotBlank = Annotated[Id, AfterValidator(_not_blank)]
Seconds = Annotated[int, AfterValidator(_seconds)]
Source = Literal[""] | Annotated[str, StringConstraints(max_length=128, pattern=r"^[a-z0-9][a-z0-9._:-]{0,127}$")]
Text = Annotated[str, StringConstraints(max_length=1_000_000)]


class _Tolerant(BaseModel):
    """Takes unknown keys and remembers their names."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": False})

    def unknown(self) -> list[str]:
        return sorted(self.__pydantic_extra__ or ())

    def known(self) -> dict[str, Any]:
        """Its own fields that are not null."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in fields.items() if value is not None}


class ToolUsed(_Tolerant):
    """A tool the agent called in this turn."""

    tool_name: str
    tool_data: dict[str, Any] = {}
    status: Annotated[str, BeforeValidator(_status)] = ""


class Citation(_Tolerant):
    """A learning the agent named as what it acted on."""

    kind: Literal["playbook", "profile", "user_playbook", "agent_playbook"]
    real_id: str
    tag: str = ""
    title: str = ""


class RetrievedLearning(_Tolerant):
    """A learning that was put before the agent."""

    kind: Literal["profile", "user_playbook", "agent_playbook"]
    learning_id: str = Field(min_length=1, max_length=1000)
    exposure_receipt: str | None = Field(None, max_length=8192)


class Item(_Tolerant):
    """One interaction of a publish. Of each list's wrong members the first is told: a body can hold millions."""

    created_at: Seconds = Field(default_factory=lambda: int(time.time()), description="Unix seconds")
    role: str = Field("User", max_length=1000)
    content: Text = ""
    shadow_content: Text = ""
    expert_content: Text = Field("", description="what an expert would have answered")
    user_action: Action = Action.NONE
    user_action_description: str = Field("", max_length=10_000)
    interacted_image_url: Annotated[str, Field(max_length=2048), AfterValidator(image_url)] = ""
    image_encoding: str = Field("", max_length=15_000_000, description="base64 or a data URL")
    tools_used: Annotated[list[ToolUsed], FailFast()] = Field([], max_length=1000)
    citations: Annotated[list[Citation], FailFast()] = Field([], max_length=1000)
    retrieved_learnings: Annotated[list[RetrievedLearning], FailFast()] = Field([], max_length=1000)

    def fault(self) -> str:
        """What contradicts itself, or nothing."""
        if self.user_action is not Action.NONE and not self.user_action_description:
            return "user_action requires a user_action_description"
        if self.interacted_image_url and self.image_encoding:
            return "interacted_image_url and image_encoding cannot both be set"
        return ""

    def says_something(self) -> bool:
        if self.user_action is not Action.NONE or self.content.strip():
            return True
        return any(_filled(getattr(self, name)) for name in _SAYING)

    def unknown_paths(self) -> list[str]:
        names = self.unknown()
        for field in ("tools_used", "citations", "retrieved_learnings"):
            for place, part in enumerate(getattr(self, field)):
                names += [f"{field}[{place}].{name}" for name in part.unknown()]
        return sorted(name for name in names if name.rpartition(".")[2] not in _USUAL_KEYS)


def _filled(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


_SAYING = (
    "content", "shadow_content", "expert_content", "interacted_image_url", "image_encoding", "tools_used",
    "citations", "retrieved_learnings",
)  # fmt: skip
_USUAL_KEYS = ("user_id", "session_id")
"""What clients repeat in every item: dropped without a word."""


class PublishRequest(_Tolerant):
    """A publish: what a user and an agent said and did in one session."""

    request_id: NotBlank | None = Field(None, description="names this publish: sent again, it is not stored again")
    user_id: NotBlank
    interaction_data_list: list[Item] = Field(min_length=1, max_length=MOST_ITEMS)
    source: Source = ""
    agent_version: str = Field("", max_length=1000)
    session_id: NotBlank
    session_finished: bool = False
    skip_aggregation: bool = False
    force_extraction: bool = False
    evaluation_only: bool = False
    override_learning_stall: bool = False
    retrieval_experiment_id: NotBlank | None = None
    retrieval_experiment_arm: Literal["treatment", "holdout"] | None = None

    _kept: list[tuple[int, Item]] = PrivateAttr([])
    _warnings: list[str] = PrivateAttr([])

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.evaluation_only and self.force_extraction:
            raise ValueError("evaluation_only cannot be combined with force_extraction")
        if (self.retrieval_experiment_id is None) != (self.retrieval_experiment_arm is None):
            raise ValueError("retrieval_experiment_id and retrieval_experiment_arm must be provided together")
        for place, item in enumerate(self.interaction_data_list):
            if fault := item.fault():
                raise ValueError(f"interaction_data_list[{place}] {fault}")
        learnings = sum(len(item.retrieved_learnings) for item in self.interaction_data_list)
        if learnings > MOST_ITEMS:
            raise ValueError(f"retrieved_learnings: {learnings} in one request, at most {MOST_ITEMS}")
        self._sort_out()
        return self

    def _sort_out(self) -> None:
        items = list(enumerate(self.interaction_data_list))
        unknown = [
            f"interaction_data_list[{place}]: ignored unrecognised field(s) {_names(names)}"
            for place, item in items
            if (names := item.unknown_paths())
        ]
        warnings = unknown[:_MOST_WARNINGS]
        if len(unknown) > _MOST_WARNINGS:
            warnings.append(f"...and {len(unknown) - _MOST_WARNINGS} more interaction(s) with the same problem")
        self._kept = [(place, item) for place, item in items if item.says_something()]
        if not self._kept:
            cause = f"; likely cause -- {'; '.join(warnings)}" if warnings else ""
            raise ValueError(
                'every interaction is empty: at least one must set "content" (or any of: '
                f'{", ".join(_SAYING)}, or a user_action other than "none"){cause}'
            )
        if names := self.unknown():
            warnings.append(f"publish request: ignored unrecognised field(s) {_names(names)}")
        kept = {place for place, _ in self._kept}
        if skipped := [place for place, _ in items if place not in kept]:
            warnings.append(_skipped(skipped))
        self._warnings = warnings

    @property
    def items(self) -> list[tuple[int, Item]]:
        """The items that say something, each with its place in the list as it was sent."""
        return self._kept

    @property
    def warnings(self) -> list[str]:
        """What was left out, in words; at most twenty-three."""
        return self._warnings


def _names(names: list[str]) -> str:
    shown = ["".join(c if c.isprintable() else "?" for c in name)[:_NAME_LENGTH] for name in names[:_MOST_NAMES]]
    return ", ".join(shown) + (f", +{len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")


def _skipped(places: list[int]) -> str:
    shown = ", ".join(map(str, places[:_MOST_PLACES]))
    more = f", +{len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    return f"skipped {len(places)} empty interaction(s) that carried no content, at index(es) {shown}{more}"


class PublishAnswer(BaseModel):
    """What a publish is answered. `success` is false where its `request_id` was used before; nothing is stored then."""

    success: bool
    message: str = ""
    warnings: list[str] = []
    request_id: str | None = None
    storage_type: str | None = None
    storage_label: str | None = None
    profiles_added: int | None = None
    playbooks_added: int | None = None
    learning_status: Literal["deferred", "done"] | None = Field(
        None, description="done: stored where questions find it; deferred: durable, and there in a moment"
    )
    learning_reason: str | None = None
