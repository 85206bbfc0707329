"""The API reference: the document, and a page that needs no other server."""

from functools import cache
from importlib.resources import files
from typing import Final

from litestar.handlers import HTTPRouteHandler
from msgspec.json import encode

from .answers import Answer
from .openapi import openapi_document
from .routing import handlers

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Honeydo API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START: Final = """\
SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});
"""
# Swagger UI sets styles and small images from its script; nothing comes from elsewhere.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def routes() -> list[HTTPRouteHandler]:
    return [
        *handlers("/openapi.json", GET=_document),
        *handlers("/docs", GET=_page),
        *handlers("/docs/start.js", GET=_start),
        *handlers("/docs/swagger-ui.css", GET=_style),
        *handlers("/docs/swagger-ui-bundle.js", GET=_script),
    ]


async def _document(_: object) -> Answer:
    return Answer(_encoded_document())


async def _page(_: object) -> Answer:
    return _answer(_PAGE.encode(), "text/html")


async def _start(_: object) -> Answer:
    return _answer(_START.encode(), "text/javascript")


async def _style(_: object) -> Answer:
    return _answer(_asset("swagger-ui.css"), "text/css")


async def _script(_: object) -> Answer:
    return _answer(_asset("swagger-ui-bundle.js"), "text/javascript")


def _answer(body: bytes, media_type: str) -> Answer:
    return Answer(
        body,
        headers={"Content-Security-Policy": _POLICY},
        media_type=f"{media_type}; charset=utf-8".encode(),
    )


@cache
def _encoded_document() -> bytes:
    return encode(openapi_document())


@cache
def _asset(name: str) -> bytes:
    return (files("swagger_ui") / "static" / name).read_bytes()
