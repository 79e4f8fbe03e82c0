"""Filters as SQL conditions. Values become server-side parameters; the text has only names from our own table."""

from collector.query.fields import Field
from collector.query.filters import COMPARISONS, Both, Condition, Expression, Negation, Value


class Parameters(dict[str, object]):
    """Server-side parameters of one statement; `add` gives a value a name and returns its placeholder."""

    def add(self, value: object, kind: str) -> str:
        name = f"p{len(self)}"
        self[name] = value
        return f"{{{name}:{kind}}}"


def condition(part: Expression, parameters: Parameters) -> str:
    """An expression as a condition that is true or false and never null."""
    if isinstance(part, Negation):
        return f"NOT {condition(part.part, parameters)}"
    if isinstance(part, Both):
        return "(" + (" AND " if part.every else " OR ").join(condition(one, parameters) for one in part.parts) + ")"
    return _condition(part, parameters)


def value_of(about: Field, parameters: Parameters) -> str:
    """A field's value in SQL: text, or a number that may be null."""
    return about.sql(parameters.add(about.prop, "String") if about.prop is not None else "")


def text_of(about: Field, parameters: Parameters) -> str:
    """A field's value as text, empty where it is missing."""
    value = value_of(about, parameters)
    return f"ifNull(toString({value}), '')" if about.kind == "number" else value


def _condition(part: Condition, parameters: Parameters) -> str:
    value, number = value_of(part.field, parameters), part.field.kind == "number"
    operator, first = part.operator, part.values[0]
    if operator == "exists":
        there = f"isNotNull({value})" if number else f"{value} != ''"
        return f"({there})" if first else f"(NOT ({there}))"
    if operator == "contains":
        return f"(positionCaseInsensitiveUTF8({value}, {parameters.add(first, 'String')}) > 0)"
    if operator == "starts_with":
        return f"startsWith({value}, {parameters.add(first, 'String')})"
    if operator in COMPARISONS:
        amount = value if number else f"toFloat64OrNull({value})"
        return f"ifNull({amount} {COMPARISONS[operator]} {parameters.add(first, _precision(part.field))}, false)"
    found = _one_of(part, value, parameters)
    return f"(NOT {found})" if operator == "is_not" else found


def _one_of(part: Condition, value: str, parameters: Parameters) -> str:
    numbers = [one for one in part.values if isinstance(one, float)]
    texts = [_text(one) for one in part.values if not isinstance(one, float)]
    parts = []
    if texts:
        parts.append(f"{value} IN {parameters.add(texts, 'Array(String)')}")
    if numbers:
        amount = value if part.field.kind == "number" else f"toFloat64OrNull({value})"
        parts.append(f"ifNull({amount} IN {parameters.add(numbers, f'Array({_precision(part.field)})')}, false)")
    return "(" + " OR ".join(parts) + ")"


def _text(value: Value) -> str:
    return value if isinstance(value, str) else "true" if value else "false"


def _precision(about: Field) -> str:
    """A number is compared in the precision it is stored in: 0.1 is not greater than 0.1."""
    return "Float32" if about.kind == "number" and about.name != "value" else "Float64"
