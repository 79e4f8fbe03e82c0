"""The beacon protocol's models, compiled for the hot path.

`beacon.py` is the authority. From its typed dictionaries this module makes msgspec's structs, field by field and rule
by rule; a rule it does not know stops the import, so that the two can't drift. A sound batch of ten events decodes in
a third of the time (27 -> 7 µs, or 10 with its UUIDs checked), and structs become columns faster than dictionaries.

Structs take a subset of what pydantic takes (no number that comes as text, say). What they refuse is looked at
again by pydantic, which either takes it or names the field and the rule: `intake/check.py`.
"""

import re
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from collector.wire import beacon

_UUID_LENGTH = 36
_HEX = b"0123456789abcdefABCDEF"


def all_uuids(ids: list[str]) -> bool:
    """Whether all are UUIDs in text form (RFC 9562, section 4). They are 36 characters long each."""
    text = "".join(ids)
    dashes = "-" * len(ids)
    return (
        text.isascii()
        and text[8::_UUID_LENGTH] == dashes
        and text[13::_UUID_LENGTH] == dashes
        and text[18::_UUID_LENGTH] == dashes
        and text[23::_UUID_LENGTH] == dashes
        and len(text.encode().translate(None, _HEX)) == 4 * len(ids)
    )


def _field(annotation: Any) -> tuple[Any, str | None]:
    """An annotation of a typed dictionary as msgspec's, and the name on the wire where it is another."""
    if get_origin(annotation) in (NotRequired, Required):
        (annotation,) = get_args(annotation)
    alias = None
    if get_origin(annotation) is Annotated:
        infos = [info for info in annotation.__metadata__ if isinstance(info, FieldInfo)]
        alias = next((info.alias for info in infos if info.alias), None)
    return _type(annotation), alias


def _type(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        rules = [rule for info in metadata for rule in (info.metadata if isinstance(info, FieldInfo) else [info])]
        return _ruled(_type(inner), rules)
    if is_typeddict(annotation):
        return _struct(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(map(_type, get_args(annotation)))]  # noqa: UP007 - made at run time
    if get_origin(annotation) in (list, tuple, dict):
        return get_origin(annotation)[tuple(map(_type, get_args(annotation)))]
    if annotation in (str, int, float, bool, NoneType) or get_origin(annotation) is Literal:
        return annotation
    raise TypeError(f"{annotation!r} can't be compiled")


def _ruled(inner: Any, rules: list[Any]) -> Any:
    given: dict[str, Any] = {}
    for rule in rules:
        match rule:
            case MaxLen(length):
                given["max_length"] = length
            case MinLen(length):
                given["min_length"] = length
            case Ge(bound):
                given["ge"] = bound
            case Le(bound):
                given["le"] = bound
            case _ if getattr(rule, "allow_inf_nan", None) is False:
                pass  # JSON has no such numbers, and msgspec takes none
            case _ if getattr(rule, "pattern", None) == beacon.UUID_PATTERN:
                given["min_length"] = given["max_length"] = _UUID_LENGTH  # `all_uuids` does the rest
            case _ if isinstance(pattern := getattr(rule, "pattern", None), str):
                given["pattern"] = re.sub(r"\$$", r"\\Z", pattern)
            case _:
                raise TypeError(f"{rule!r} can't be compiled")
    return Annotated[inner, msgspec.Meta(**given)] if given else inner


_made: dict[type, type[msgspec.Struct]] = {}


def _struct(model: Any) -> type[msgspec.Struct]:
    if model in _made:
        return _made[model]
    required, optional, names = [], [], {}
    for name, annotation in get_type_hints(model, include_extras=True).items():
        made, alias = _field(annotation)
        if alias:
            names[name] = alias
        if name in model.__required_keys__:
            required.append((name, made))
        else:
            optional.append((name, Union[made, None], None))  # noqa: UP007 - made at run time
    _made[model] = msgspec.defstruct(model.__name__, [*required, *optional], rename=names, gc=False)
    return _made[model]


_Target, _Context = _struct(beacon.Target), _struct(beacon.Context)
_Event, _Batch = _struct(beacon.Event), _struct(beacon.Batch)

Event: TypeAlias = Any
"""An event's struct, with the attributes of `beacon.Event`; None where nothing was sent."""
Batch: TypeAlias = Any
"""A batch's struct, with those of `beacon.Batch`."""

EVENT_COLUMNS = _Event.__struct_fields__
TARGET_COLUMNS = _Target.__struct_fields__
NO_TARGET: Any = _Target()
NO_CONTEXT: Any = _Context()

decode: Callable[[bytes], Batch] = msgspec.json.Decoder(_Batch).decode
"""A batch's struct from its JSON. Raises msgspec.MsgspecError (ValidationError, DecodeError), RecursionError, UnicodeDecodeError."""


def event_of(checked: Mapping[str, Any]) -> Event:
    """An event's struct from the dictionary that pydantic has checked."""
    target = checked.get("target")
    return _Event(**{**checked, "target": _Target(**target) if target is not None else None})


def batch_of(checked: Mapping[str, Any], events: list[Any]) -> Batch:
    """A batch's struct from the dictionary of a checked envelope, and its events."""
    context = checked.get("context")
    return _Batch(**{**checked, "events": events, "context": _Context(**context) if context is not None else None})
