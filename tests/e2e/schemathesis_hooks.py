"""What schemathesis cannot read by itself."""

import json
from typing import Any

import schemathesis
from schemathesis import Response
from schemathesis.core.deserialization import DeserializationContext


@schemathesis.deserializer("application/jsonl")
def values(_: DeserializationContext, response: Response) -> list[Any]:
    """The document describes lines of JSON as the array of them."""
    return [json.loads(line) for line in response.text.split("\n")[:-1]]
