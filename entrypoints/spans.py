"""A span for each request, exported by OTLP over HTTP. Needs the extra `otel`."""

import asyncio
import os
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode, get_current_span

# What the instrumentation is not shown it cannot export: path, query, token, client.
_SHOWN: Final = ("type", "method", "scheme", "http_version", "server")
_SHOWN_HEADERS: Final = (b"traceparent", b"tracestate")


def with_spans(app: ASGIApp) -> ASGIApp:
    """Spans go out in batches from a thread, the last ones when the lifespan ends. OpenTelemetry's
    own variables set the rest."""
    # Without it, attributes have the names from before these were standardised.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    provider = _provider()
    instrumented: Any = OpenTelemetryMiddleware(
        _naming_its_span(app), tracer_provider=provider, exclude_spans=["receive", "send"]
    )

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, _flushing(provider, send))
            return
        shown: dict[str, Any] = {key: scope.get(key) for key in _SHOWN}
        shown["headers"] = [header for header in scope["headers"] if header[0] in _SHOWN_HEADERS]
        shown["behind"] = scope
        await instrumented(shown, receive, send)
        if "failure" in shown:
            raise shown["failure"]

    return handle


def _provider() -> TracerProvider:
    resource = Resource({SERVICE_NAME: "honeydo"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=Resource.create(resource.attributes))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _naming_its_span(app: ASGIApp) -> Any:
    async def handle(shown: dict[str, Any], receive: Receive, send: Send) -> None:
        scope, span = shown["behind"], get_current_span()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start" and (route := scope.get("path_template")):
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
            await send(message)

        try:
            await app(scope, receive, send_named)
        except Exception as failure:
            # The instrumentation would export its text, which may quote a user.
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", type(failure).__qualname__)
            shown["failure"] = failure

    return handle


def _flushing(provider: TracerProvider, send: Send) -> Send:
    async def send_flushed(message: Message) -> None:
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            # Afterwards a signal may end the process, without its exit handlers.
            await asyncio.to_thread(provider.shutdown)
        await send(message)

    return send_flushed
