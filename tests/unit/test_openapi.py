"""The OpenAPI document: made from the endpoint table, whole, and sound in shape."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from jsonschema import Draft202012Validator

from collector.analytics.adhoc import FORMATS
from collector.analytics.askers import open_asker
from collector.analytics.live import LiveFeed
from collector.clickhouse import Engine
from collector.delivery.writer import Writer
from collector.http.analytics import analytics
from collector.http.answering import Answering
from collector.http.auth import Auth
from collector.http.endpoint import Endpoint
from collector.http.forwarding import forwarding_endpoints
from collector.http.health import Health
from collector.http.images import ImageReading, image_endpoints
from collector.http.openapi import openapi
from collector.http.reading import Reading
from collector.http.sql import Sql, sql_endpoints
from collector.http.table import endpoints
from collector.images import open_images
from collector.rejection import STATUS
from collector.settings import Settings
from collector.sites import SitesFile
from collector.spool import Spool
from tests.unit.spooling import crash, limits

Json = dict[str, Any]


def nowhere() -> Client:
    raise OSError("no engine is needed to describe the API")


@pytest.fixture(params=[True, False], ids=["metrics", "no metrics"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Endpoint]]:
    engine = Engine(nowhere, limits={})
    spool = Spool(tmp_path / "spool", limits())
    sites = SitesFile(tmp_path / "sites.toml")
    settings = Settings(data_dir=tmp_path)
    auth, images = Auth(sites, tmp_path / "secret"), open_images(settings)
    reading = Reading(engine, LiveFeed(engine), auth, asyncio.Event())
    writer = Writer(spool, engine, before_delete=lambda _: None, inserted=lambda _: None)
    health = Health(settings, [spool], [writer], engine, images)
    groups = (
        analytics(Answering(engine, auth)),
        image_endpoints(ImageReading(images, auth)),
        forwarding_endpoints(auth, None),
        sql_endpoints(Sql(auth, open_asker(settings, engine))),
    )
    yield endpoints(reading, health, *groups, metrics=request.param)
    crash(spool)


@pytest.fixture
def document(table: list[Endpoint]) -> Json:
    return openapi(table, "https://collector.example")


def walk(part: Any) -> Iterator[Json]:
    """Every object in the document."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_document_is_an_openapi_document(document: Json) -> None:
    assert "3.1.0" == document["openapi"]
    assert {"title", "version"} <= document["info"].keys()
    assert [{"url": "https://collector.example"}] == document["servers"]
    assert document == json.loads(json.dumps(document))


def test_every_public_endpoint_is_there_and_no_hidden_one(document: Json, table: list[Endpoint]) -> None:
    public = {(one.method.lower(), re.sub(r":\w+}", "}", one.path)) for one in table if not one.hidden}
    assert public == {(method, path) for method, path, _ in operations(document)}
    assert {("post", "/v1/batch"), ("get", "/v1/interactions"), ("get", "/v1/live")} <= public


def test_every_operation_says_what_it_does_and_answers(document: Json) -> None:
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["tags"], (method, path)
        assert operation["responses"], (method, path)
        assert all(re.fullmatch("[1-5][0-9][0-9]", code) for code in operation["responses"])
        assert all(answer["description"] for answer in operation["responses"].values())


def test_operation_ids_are_unique(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(set(names)) == sorted(names)


def test_every_reference_leads_somewhere(document: Json) -> None:
    references = {part["$ref"] for part in walk(document) if isinstance(part.get("$ref"), str)}
    assert references
    for reference in references:
        assert reference.startswith("#/components/schemas/")
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_schemas_are_sound_json_schemas(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for part in walk(document["paths"]):
        if isinstance(part.get("schema"), dict):
            Draft202012Validator.check_schema(part["schema"])


def test_every_part_of_a_path_is_a_parameter(document: Json) -> None:
    for _, path, operation in operations(document):
        named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert set(re.findall("{([^}]+)}", path)) == named, path


def test_parameters_carry_their_names_on_the_wire(document: Json) -> None:
    parameters = document["paths"]["/v1/interactions"]["get"]["parameters"]
    names = {one["name"] for one in parameters}
    assert {"site", "from", "to", "user_id", "session_id", "event", "limit", "cursor"} == names
    assert {"query"} == {one["in"] for one in parameters}


def test_security_names_schemes_that_exist(document: Json) -> None:
    schemes = document["components"]["securitySchemes"]
    for _, _, operation in operations(document):
        for requirement in operation.get("security", []):
            assert requirement.keys() <= schemes.keys()
    assert [{"key": ["read"]}] == document["paths"]["/v1/interactions"]["get"]["security"]
    assert [{"writeKey": []}] == document["paths"]["/v1/batch"]["post"]["security"]


def test_what_pages_call_documents_every_status_it_can_answer(document: Json) -> None:
    operation = document["paths"]["/v1/batch"]["post"]
    assert {"202", *(str(status) for status in STATUS.values())} == operation["responses"].keys()
    assert {"application/json", "text/plain"} == operation["requestBody"]["content"].keys()
    answers = [*operation["responses"].values(), *document["paths"]["/v1/images"]["post"]["responses"].values()]
    described = " ".join(answer["description"] for answer in answers)
    assert [] == [reason for reason in STATUS if reason.value not in described]


def test_what_a_question_may_be_refused_with_is_documented(document: Json) -> None:
    questions = ["/v1/interactions", "/v1/summary"]
    for answers in (document["paths"][path]["get"]["responses"] for path in questions):
        assert {"200", "401", "403", "422", "503", "504"} == answers.keys()
        assert "memory" in answers["422"]["description"]


def test_sql_documents_all_its_formats_and_that_a_body_may_be_too_large(document: Json) -> None:
    answers = document["paths"]["/v1/sql"]["post"]["responses"]
    assert {media_type for _, media_type in FORMATS.values()} == answers["200"]["content"].keys()
    assert "413" in answers


def test_metrics_are_documented_where_they_are_served(document: Json, table: list[Endpoint]) -> None:
    served = "/metrics" in [endpoint.path for endpoint in table]
    assert served == ("/metrics" in document["paths"])


def test_examples_are_answers(table: list[Endpoint]) -> None:
    examples = [(one.path, answer) for one in table for answer in one.answers.values() if answer.example is not None]
    assert examples
    for path, answer in examples:
        assert isinstance(answer.schema, type), path
        made = answer.schema.model_validate_json(json.dumps(answer.example), extra="forbid")
        assert answer.example == made.model_dump(mode="json", by_alias=True), path
