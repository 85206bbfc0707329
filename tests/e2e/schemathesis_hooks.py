"""What schemathesis cannot read, or know, by itself."""

import json
import re
from itertools import count
from typing import Any, Final

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.deserialization import DeserializationContext

from honeydo.adapters.http.openapi_parts import IDEMPOTENCY_KEY

_numbers: Final = count()


@schemathesis.deserializer("application/jsonl")
def values(_: DeserializationContext, response: Response) -> list[Any]:
    """The document describes lines of JSON as the array of them."""
    return [json.loads(line) for line in response.text.split("\n")[:-1]]


@schemathesis.hook
def before_call(_: HookContext, case: "Case[Any]", **__: Any) -> None:
    """A key that was used for another request would be refused."""
    key = case.headers.get("Idempotency-Key")
    if key and re.fullmatch(IDEMPOTENCY_KEY, key):
        case.headers["Idempotency-Key"] = f"request-{next(_numbers)}"
