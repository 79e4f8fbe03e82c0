"""OpenAPI 3.1, generated from the endpoint table."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter

from collector import __version__
from collector.http.endpoint import Endpoint

_REF = "#/components/schemas/{model}"


def openapi(table: Sequence[Endpoint], server: str) -> dict[str, Any]:
    """The document for a table; `server` is the address it is served at."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for endpoint in table:
        if not endpoint.hidden:
            path = _told(endpoint.path)
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interaction collector",
            "version": __version__,
            "description": "Receives what visitors do on a page, and answers what happened.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "writeKey": {"type": "apiKey", "in": "query", "name": "k"},
            },
        },
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{endpoint.method.lower()}{_told(endpoint.path)}").strip("_"),
        "summary": endpoint.summary,
        "responses": {str(code): _answer(answer, schemas) for code, answer in sorted(endpoint.answers.items())},
    }
    if endpoint.tag:
        operation["tags"] = [endpoint.tag]
    if endpoint.description:
        operation["description"] = endpoint.description
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)", endpoint.path)
    ]
    if endpoint.query:
        parameters += _parameters(endpoint.query)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body_media:
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(endpoint.body_media, binary)}
    if endpoint.body:
        content = {"schema": _schema(endpoint.body, schemas, "validation")}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
        if endpoint.write_key:
            operation["requestBody"]["content"]["text/plain"] = content
    if endpoint.write_key:
        operation["security"] = [{"writeKey": []}]
    if endpoint.scope:
        operation["security"] = [{"key": [endpoint.scope.value]}]
    return operation


def _answer(answer: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.schema:
        described["content"] = {answer.media_type: {"schema": _schema(answer.schema, schemas, "serialization")}}
        if answer.example is not None:
            described["content"][answer.media_type]["example"] = answer.example
    elif answer.media_type != "application/json":
        described["content"] = {answer.media_type: {"schema": {"type": "string"}}}
    for media_type in answer.also:
        text = media_type.startswith("text/") or media_type.endswith("json")
        described["content"][media_type] = {"schema": {"type": "string"} | ({} if text else {"format": "binary"})}
    return described


def _parameters(model: type[BaseModel] | TypeAdapter[Any]) -> list[dict[str, Any]]:
    adapter: TypeAdapter[Any] = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    schema = adapter.json_schema(by_alias=True)
    required = set(schema.get("required", ()))
    found = []
    for name, about in schema["properties"].items():
        description = about.pop("description", "")
        parameter = {"name": name, "in": "query", "required": name in required, "schema": about}
        if description:
            parameter["description"] = description
        found.append(parameter)
    return found


def _schema(schema: type[BaseModel] | TypeAdapter[Any], schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    adapter: TypeAdapter[Any] = schema if isinstance(schema, TypeAdapter) else TypeAdapter(schema)
    made = adapter.json_schema(mode=mode, ref_template=_REF)
    schemas.update(made.pop("$defs", {}))
    if "title" in made:
        schemas[made["title"]] = made
        return {"$ref": _REF.format(model=made["title"])}
    return made


def _told(path: str) -> str:
    """A route's path without the kinds of its parameters."""
    return re.sub(r":\w+}", "}", path)
