"""Whether answers are what the OpenAPI document promises."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import httpx
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from honeydo.adapters.http.openapi import openapi_document

DOCUMENT: Final = openapi_document()


async def hold_against_document(response: httpx.Response) -> None:
    """Fails for a status that the document does not list, and for headers or a body that are not as
    it says.

    Addresses and methods that the document does not have are let pass.
    """
    request = response.request
    method = "get" if request.method == "HEAD" else request.method.lower()
    operation = _operation(request.url.path, method)
    if operation is None:
        return
    status = str(response.status_code)
    assert status in operation["responses"], f"{method} {request.url.path} answers {status}"
    for name, header in resolved(operation["responses"][status])["headers"].items():
        if resolved(header).get("required"):
            assert name in response.headers, f"{method} {request.url.path} answers without {name}"
    media_type = response.headers.get("content-type", "").partition(";")[0]
    await response.aread()
    if response.content:
        value = _value(response.text, media_type)
        validator(operation["operationId"], status, media_type).validate(value)


def _value(text: str, media_type: str) -> Any:
    """What the document describes: lines of JSON are there an array."""
    match media_type:
        case "application/jsonl":
            return [json.loads(line) for line in text.removesuffix("\n").split("\n")]
        case "text/calendar" | "text/event-stream":
            return text
        case _:
            return json.loads(text)


def _operation(path: str, method: str) -> Mapping[str, Any] | None:
    # An address that is spelled out goes before one with a parameter.
    for template, item in sorted(DOCUMENT["paths"].items(), key=lambda path: path[0].count("{")):
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path):
            operation: Mapping[str, Any] | None = item.get(method)
            return operation
    return None


def operations() -> dict[str, Mapping[str, Any]]:
    """Every operation of the document, by its id."""
    return {
        operation["operationId"]: operation
        for item in DOCUMENT["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }


def resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference refers to; anything else is itself."""
    if "$ref" not in node:
        return node
    found: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found)


@cache
def validator(operation_id: str, status: str, media_type: str) -> Any:
    answer = resolved(operations()[operation_id]["responses"][status])
    return schema_validator(answer["content"][media_type]["schema"])


def schema_validator(schema: Mapping[str, Any]) -> Any:
    """A validator of values, for a schema that may refer to the document's components."""
    return OAS31Validator(
        {**schema, "components": DOCUMENT["components"]}, format_checker=oas31_format_checker
    )
