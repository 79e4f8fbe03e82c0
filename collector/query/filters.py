"""The filter language: JSON expressions over the fields of an interaction.

    {"and": [{"field": "event_name", "is": ["click", "scroll"]}, {"not": {"field": "path", "starts_with": "/cart"}}]}

An expression is `{"and": [..]}`, `{"or": [..]}`, `{"not": expr}`, or a field with one operator:

* `is`, `is_not`: equal, or one of a list. A missing value is an empty text, and no number.
* `contains` (whatever the case), `starts_with` (as written): texts.
* `gt`, `gte`, `lt`, `lte`: numbers; a text counts where it reads as one.
* `exists`: true or false.

A missing number fulfils only `is_not` and `exists: false`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from collector.query.fields import Field, field

MOST_CHARACTERS = 16_384
MOST_CONDITIONS = 100
MOST_VALUES = 1000
MOST_DEPTH = 12

Value = str | float | bool
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
OPERATORS = ("is", "is_not", "contains", "starts_with", *COMPARISONS, "exists")


@dataclass(frozen=True)
class Condition:
    """One field, one operator; `values` has one value, or several for `is` and `is_not`."""

    field: Field
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Both:
    """All of them hold (`every`), or at least one."""

    every: bool
    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Negation:
    """The part does not hold."""

    part: "Expression"


Expression = Condition | Both | Negation


def parse_filter(text: str) -> Expression:
    """Read an expression from JSON text. Raises ValueError, which says where and what is wrong."""
    return expression(load(text))


def load(text: str) -> object:
    """The JSON of a parameter. Raises ValueError."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"is longer than {MOST_CHARACTERS} characters")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error}") from None


def expression(found: object, where: str = "") -> Expression:
    """Read an expression from JSON values; `where` names its place in messages. Raises ValueError."""
    counted = [0]
    return _expression(found, where, 0, counted)


def _expression(found: object, where: str, depth: int, counted: list[int]) -> Expression:
    def wrong(message: str) -> ValueError:
        return ValueError(f"{where} {message}".strip())

    if not isinstance(found, dict):
        raise wrong('must be an object such as {"field": "path", "is": "/cart"}')
    if depth > MOST_DEPTH:
        raise wrong(f"is nested deeper than {MOST_DEPTH}")
    counted[0] += 1
    if counted[0] > MOST_CONDITIONS:
        raise wrong(f"has more than {MOST_CONDITIONS} conditions")
    if "field" in found:
        return _condition(found, where)
    if len(found) != 1 or next(iter(found)) not in ("and", "or", "not"):
        raise wrong("must have `and`, `or`, `not`, or `field` with one operator")
    word, inner = next(iter(found.items()))
    if word == "not":
        return Negation(_expression(inner, f"{where}.not".lstrip("."), depth + 1, counted))
    if not isinstance(inner, list) or not inner:
        raise wrong(f"`{word}` must be a list of at least one expression")
    parts = [
        _expression(part, f"{where}.{word}[{index}]".lstrip("."), depth + 1, counted)
        for index, part in enumerate(inner)
    ]
    return Both(word == "and", tuple(parts))


def _condition(found: dict[str, Any], where: str) -> Condition:
    def wrong(message: str) -> ValueError:
        return ValueError(f"{where} {message}".strip())

    operators = [name for name in found if name != "field"]
    if len(operators) != 1 or operators[0] not in OPERATORS:
        raise wrong(f"must have one operator: {', '.join(OPERATORS)}")
    if not isinstance(found["field"], str):
        raise wrong("`field` must be a name")
    operator, given = operators[0], found[operators[0]]
    try:
        about = field(found["field"])
        return Condition(about, operator, _values(about, operator, given))
    except ValueError as error:
        raise wrong(str(error)) from None


def _values(about: Field, operator: str, given: object) -> tuple[Value, ...]:
    if operator == "exists":
        if not isinstance(given, bool):
            raise ValueError("`exists` must be true or false")
        return (given,)
    if operator in COMPARISONS:
        return (_number(operator, given),)
    if operator in ("contains", "starts_with"):
        if about.kind == "number":
            raise ValueError(f"`{operator}` is for texts, and {about.name} is a number")
        if not isinstance(given, str) or not given:
            raise ValueError(f"`{operator}` must be a text that is not empty")
        return (given,)
    values = given if isinstance(given, list) else [given]
    if not 1 <= len(values) <= MOST_VALUES:
        raise ValueError(f"`{operator}` must have 1 to {MOST_VALUES} values")
    if about.kind == "number":
        return tuple(_number(operator, value) for value in values)
    if not all(isinstance(value, str | int | float) for value in values):
        raise ValueError(f"`{operator}` must be a text, number, boolean, or a list of these")
    if about.prop is None and not all(isinstance(value, str) for value in values):
        raise ValueError(f"`{operator}` must be a text or a list of texts, since {about.name} is a text")
    return tuple(_number(operator, value) if _is_number(value) else cast(Value, value) for value in values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(operator: str, value: object) -> float:
    if not _is_number(value):
        raise ValueError(f"`{operator}` must be a number")
    number = float(cast(float, value))
    if not math.isfinite(number):
        raise ValueError(f"`{operator}` must be a finite number")
    return number


def names(parts: Sequence[Expression]) -> set[str]:
    """The fields that expressions look at."""
    found: set[str] = set()
    for part in parts:
        if isinstance(part, Condition):
            found.add(part.field.name)
        else:
            found |= names([part.part] if isinstance(part, Negation) else part.parts)
    return found
