import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from litestar.types import Receive
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from honeydo.adapters.memory import MemoryTasks
from honeydo.entrypoints.tracing import traced
from tests.e2e.server import SECRET, Home, serving
from tests.support.serving import application, client

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
CALLER: Final = "b7ad6b7169203331"


@dataclass(frozen=True, slots=True)
class Collector:
    """What an OTLP collector has been sent."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for exported in self._resource_spans()
            for scoped in exported.scope_spans
            for span in scoped.spans
        ]

    @property
    def services(self) -> set[str]:
        return {
            values(exported.resource.attributes)["service.name"]
            for exported in self._resource_spans()
        }

    def _resource_spans(self) -> Iterator[Any]:
        for body in self.bodies:
            yield from ExportTraceServiceRequest.FromString(body).resource_spans


def values(attributes: Any) -> dict[str, Any]:
    """Attributes without the type of each value."""
    return {
        attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value"))
        for attribute in attributes
    }


@pytest.fixture
def collector() -> Iterator[Collector]:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not among the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Collector(f"http://127.0.0.1:{server.server_port}", bodies)
        server.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path, shared_database_url: str, collector: Collector) -> Home:
    variables = {
        "DATABASE_URL": shared_database_url,
        "BETTER_AUTH_SECRET": SECRET,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        # Until the server stops, nothing but a full batch goes out.
        "OTEL_BSP_SCHEDULE_DELAY": "600000",
    }
    return Home(tmp_path, variables)


def test_a_request_is_a_span_that_goes_on_with_the_callers_trace(
    home: Home, collector: Collector
) -> None:
    with serving(home) as server:
        with server.client("ada") as client:
            client.post(
                "/api/ada/tasks",
                json={"title": "Buy honey"},
                headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
            ).raise_for_status()
        port = urlsplit(server.url).port
        assert server.stop() == 0

    [span] = [span for span in collector.spans if span.name == "POST /api/{user_id}/tasks"]
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, CALLER)
    assert span.kind == Span.SPAN_KIND_SERVER
    assert values(span.attributes) == {
        "http.request.method": "POST",
        "http.route": "/api/{user_id}/tasks",
        "http.response.status_code": 201,
        "network.protocol.version": "1.1",
        "server.address": f"127.0.0.1:{port}",
        "server.port": port,
        "url.scheme": "http",
    }
    assert collector.services == {"honeydo"}


def test_no_span_tells_who_asked_or_what_for(home: Home, collector: Collector) -> None:
    user, word = f"ada-{uuid4()}", f"honey-{uuid4()}"
    with serving(home) as server:
        with server.client(user) as client:
            client.post(f"/api/{user}/tasks", json={"title": word})
            client.get(f"/api/{user}/tasks", params={"cursor": word}, headers={"User-Agent": word})
            client.get(f"/api/bob/tasks/{word}", headers={"X-Request-Id": word})
            client.get(f"/nowhere/{user}")
        assert server.stop() == 0

    exported = b"".join(collector.bodies)
    assert [span.name for span in collector.spans if "health" not in span.name] == [
        "POST /api/{user_id}/tasks",
        "GET /api/{user_id}/tasks",
        "GET /api/{user_id}/tasks/{task_id}",
        "GET",
    ]
    for told in (user, word, home.token(user)):
        assert told.encode() not in exported


def test_every_worker_exports_its_own_and_keeps_none_back(home: Home, collector: Collector) -> None:
    with serving(home, "--workers", "2") as server:
        for _ in range(20):
            # A connection each, so that both workers get some.
            with server.client("ada") as client:
                client.get("/api/me/tasks").raise_for_status()
        assert server.stop() == 0

    assert [span.name for span in collector.spans].count("GET /api/{user_id}/tasks") == 20


async def failing(scope: Any, receive: Receive, send: Any) -> None:  # noqa: ARG001
    if scope["type"] == "http":
        raise RuntimeError("the dog ate the homework of ada")
    await send({"type": "lifespan.shutdown.complete"})


async def stop(app: Any) -> None:
    """What a server does with the application at its end."""
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.shutdown" if sent else "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    assert sent[-1] == "lifespan.shutdown.complete"


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, collector: Collector) -> pytest.MonkeyPatch:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/v1/traces")
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    return monkeypatch


@pytest.mark.usefixtures("configured")
async def test_a_failure_is_told_by_its_type_alone(collector: Collector) -> None:
    app = traced(failing)
    with pytest.raises(RuntimeError, match="the homework of ada"):
        await client(app).get("/api/ada/tasks")
    await stop(app)

    [span] = collector.spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert values(span.attributes)["error.type"] == "RuntimeError"
    assert b"ada" not in b"".join(collector.bodies)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_SERVICE_NAME", "tasks"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=tasks")],
)
async def test_the_operator_names_the_service(
    configured: pytest.MonkeyPatch, collector: Collector, variable: str, value: str
) -> None:
    configured.setenv(variable, value)
    app = traced(application(MemoryTasks()))
    await client(app, "ada").get("/api/me/tasks")
    await stop(app)

    assert collector.services == {"tasks"}


def run(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", program],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_an_endpoint_nothing_is_added_nor_imported() -> None:
    program = """
import sys
from honeydo.entrypoints import asgi, serving, tracing
def bare(): pass
assert tracing.traced(bare) is bare
print([name for name in sys.modules if name.startswith("opentelemetry")])
# Litestar looks at the API of an OpenTelemetry that is installed, but exports nothing.
app = asgi.app()
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exp"))])
"""
    ran = run(
        program,
        DATABASE_URL="postgresql://ada@db.example/honeydo",
        BETTER_AUTH_SECRET=SECRET,
        OTEL_EXPORTER_OTLP_ENDPOINT="",
        OTEL_SERVICE_NAME="tasks",
    )

    assert (ran.stdout, ran.stderr) == ("[]\n[]\n", "")


@pytest.mark.parametrize(
    "variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
)
def test_a_missing_extra_is_one_line_that_says_how_to_get_it(variable: str) -> None:
    program = """
import sys
from honeydo.entrypoints.cli import main
sys.modules["opentelemetry"] = None
sys.argv = ["honeydo", "serve", "--workers", "2"]
main()
"""
    ran = run(program, **{variable: "http://127.0.0.1:4318"})

    assert ran.returncode == 2
    assert ran.stderr == (
        f"honeydo: {variable} is set, but what exports traces is missing: "
        "pip install 'honeydo[otel]'\n"
    )
