"""GET /openapi.json: the document says what the application does."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from litestar.types import ASGIApp
from openapi_spec_validator import OpenAPIV31SpecValidator

from honeydo.domain.errors import InvalidValues
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.conformance import DOCUMENT, operations, resolved, schema_validator
from tests.support.serving import NEVER_WAS
from tests.support.values import NOON

ALWAYS = {"401", "403", "500", "503"}
CHANGE = {"200", "204", "400", "404", "412", "428"}
BODY = {"413", "415", "422"}
ANSWERS = {
    "listTasks": {"200", "304", "400", *ALWAYS},
    "createTask": {"200", "201", "204", "400", "409", "412", *BODY, *ALWAYS},
    "getTask": {"200", "304", "400", "404", *ALWAYS},
    "editTask": {*CHANGE, *BODY, *ALWAYS},
    "patchTask": {*CHANGE, *BODY, *ALWAYS},
    "deleteTask": {*CHANGE, *ALWAYS},
    "restoreTask": {*CHANGE, *ALWAYS},
    "completeTask": {*CHANGE, *BODY, *ALWAYS},
    "exportUser": {"200", "406", *ALWAYS},
    "eraseUser": {"204", *ALWAYS},
    "changeTasks": {"200", "400", "404", "409", "412", "428", *BODY, *ALWAYS},
    "listChanges": {"200", "400", "410", *ALWAYS},
    "streamChanges": {"200", "400", "410", "429", *ALWAYS},
    "ready": {"200", "503"},
    "live": {"200"},
}


async def test_the_document_is_served_to_everybody(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/openapi.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


async def test_the_document_has_exactly_the_applications_routes(app: ASGIApp) -> None:
    scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await app(scope, _receive, _send)
    routes = {
        (route.path_format, method)
        for route in scope["litestar_app"].routes
        for method in route.methods
        # GET implies HEAD, and every address answers OPTIONS.
        if method not in ("HEAD", "OPTIONS")
    }
    reference = {
        (path, "GET") for path, _ in routes if re.match("/docs|/openapi.json|/metrics", path)
    }
    documented = {
        (path, method.upper())
        for path, item in DOCUMENT["paths"].items()
        for method in item
        if method != "parameters"
    }

    assert documented == routes - reference


async def _receive() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_: object) -> None:
    pass


@pytest.mark.parametrize("operation_id", ANSWERS)
def test_an_operation_lists_every_answer(operation_id: str) -> None:
    assert operations()[operation_id]["responses"].keys() == ANSWERS[operation_id]


def test_every_operation_is_named_and_summed_up() -> None:
    assert operations().keys() == ANSWERS.keys()
    for operation in operations().values():
        assert operation["summary"]
        assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


def test_every_operation_of_users_asks_for_a_token() -> None:
    asking = {
        name
        for name, operation in operations().items()
        if operation.get("security", DOCUMENT["security"]) == [{"bearer": []}]
    }

    assert asking == ANSWERS.keys() - {"ready", "live"}


def _media(node: Any) -> Iterator[Mapping[str, Any]]:
    """Whatever has an example and a schema for it."""
    if isinstance(node, dict):
        if "example" in node:
            yield node
        for each in node.values():
            yield from _media(each)
    elif isinstance(node, list):
        for each in node:
            yield from _media(each)


def test_every_example_is_valid() -> None:
    examples = [*_media(DOCUMENT)]

    assert len(examples) > 20
    for media in examples:
        schema_validator(media["schema"]).validate(media["example"])


def test_every_body_has_an_example() -> None:
    for operation in operations().values():
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [resolved(answer) for answer in operation["responses"].values()]
        for body in bodies:
            for media in body.get("content", {}).values():
                assert "example" in media


@pytest.mark.parametrize("status", sorted(ALWAYS | {"400", "404", "409", "413", "415", "422"}))
def test_every_error_is_a_problem_of_its_status(status: str) -> None:
    answer = DOCUMENT["components"]["responses"][status]

    assert answer["content"].keys() == {"application/problem+json"}
    assert answer["content"]["application/problem+json"]["example"]["status"] == int(status)


def test_the_schemas_tell_the_rules_of_values() -> None:
    new_task = DOCUMENT["components"]["schemas"]["NewTask"]["properties"]
    task = DOCUMENT["components"]["schemas"]["TaskBody"]["properties"]

    assert (new_task["title"]["minLength"], new_task["title"]["maxLength"]) == (1, 255)
    assert new_task["description"]["maxLength"] == 10_000
    assert task["id"]["format"] == "uuid"
    assert task["created_at"]["format"] == task["updated_at"]["format"] == "date-time"


# The lone half of a pair is no JSON at all.
EVERY_CHARACTER = [chr(code) for code in range(0x11000) if not 0xD800 <= code <= 0xDFFF]


def test_the_patterns_tell_which_characters_a_text_may_have() -> None:
    new_task = DOCUMENT["components"]["schemas"]["NewTask"]["properties"]
    title = re.compile(new_task["title"]["pattern"])
    description = re.compile(new_task["description"]["pattern"])

    for character in EVERY_CHARACTER:
        inside = f"a{character}b"
        assert bool(title.search(inside)) == stands({"title": inside}), ascii(character)
        assert bool(title.search(character)) == stands({"title": character}), ascii(character)
        described = {"title": "a", "description": inside}
        assert bool(description.search(inside)) == stands(described), ascii(character)


def stands(values: Mapping[str, Any]) -> bool:
    try:
        Task.create(id=NEVER_WAS, owner=UserId("ada"), now=NOON, **values)
    except InvalidValues:
        return False
    return True


async def test_a_form_made_from_the_examples_works(ada: httpx.AsyncClient) -> None:
    """What a reader of the reference sends first."""
    examples = {
        name: operation["requestBody"]["content"]["application/json"]["example"]
        for name, operation in operations().items()
        if "requestBody" in operation
    }

    created = await ada.post("/api/me/tasks", json=examples["createTask"])
    location = created.headers["location"]

    assert created.status_code == 201
    assert (await ada.put(location, json=examples["editTask"])).status_code == 200
    assert (await ada.patch(location, json=examples["patchTask"])).status_code == 200
    completed = await ada.patch(f"{location}/complete", json=examples["completeTask"])
    assert completed.status_code == 200
    changed = await ada.post("/api/me/tasks/batch", json=examples["changeTasks"])
    assert changed.status_code == 200
