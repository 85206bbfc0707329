"""The server's life: from the settings to a listening socket, workers on it, and their end."""

import gc
import logging
import logging.config
import os
import signal
import socket
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Final

import click
from prometheus_client.multiprocess import mark_process_dead
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from honeydo.adapters.http.protocol import BoundedProtocol

from . import development, tracing
from .database import bring_up_to_date, database, inspected, require_support
from .errors import OperationFailed
from .logs import logging_config
from .settings import Settings

if TYPE_CHECKING:
    from litestar.types import ASGIApp

logger: Final = logging.getLogger(__name__)

_EMBEDDED_STOP_TIMEOUT: Final = 5
_YOUNG_OBJECTS: Final = 50_000


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. uvicorn then finishes what runs, and raises the signal anew
    for the caller's handlers. Raises `SettingsError`, `OperationFailed`."""
    logging.config.dictConfig(logging_config(settings))
    tracing.is_wanted()  # here already, so that no worker is the first to miss the extra
    if settings.trusts_nobody:
        development.require_loopback(settings)
        # Workers read their settings anew, from the environment.
        os.environ["BETTER_AUTH_SECRET"] = development.secret(settings).decode()
    with (
        _listen(settings) as listener,
        database(settings, stop_timeout=_EMBEDDED_STOP_TIMEOUT) as database_url,
    ):
        _check_database(settings, database_url)
        _announce(settings, _address(settings, listener))
        os.environ["DATABASE_URL"] = database_url
        _run(settings, listener)


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
        # What it accepts inherits this; asyncio sets it for sockets of its own alone. Without it,
        # an answer's body waits until the client acknowledges the head, up to 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        reason = error.strerror or str(error)
        raise OperationFailed(
            f"cannot listen on {host}:{port} (HONEYDO_HOST, HONEYDO_PORT): "
            f"{reason.partition(' (while')[0]}"
        ) from error


def _address(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _check_database(settings: Settings, url: str) -> None:
    """Tell operators early what requests would run into. One that is down may come up later."""
    if settings.migrate or not settings.database_url:
        bring_up_to_date(url, settings.database_timeout)
    try:
        found = inspected(url, settings.database_timeout)
    except OperationFailed as failure:
        logger.warning("Serving, but %s", failure)
        return
    require_support(found)
    if found.bypasses_row_security:
        logger.warning(
            "The database role %r is a superuser or has BYPASSRLS: row-level security, the last "
            "of three walls between users, does not hold it back",
            found.role,
        )
    if not found.is_migrated:
        logger.warning("The database is not up to date: run `honeydo migrate`")


def _announce(settings: Settings, address: str) -> None:
    logger.info("Listening on %s", address)
    if not settings.trusts_nobody:
        return
    click.echo(
        f"\nNo BETTER_AUTH_SECRET is set: for development, tokens are signed with\n"
        f"{development.secret_file(settings)}. `honeydo token USER` makes one.\n"
        f"Reference: {address}/docs. Create a task:\n\n"
        f"{development.example_request(settings, address)}\n",
        err=True,
    )


def _run(settings: Settings, listener: socket.socket) -> None:
    config = Config(
        f"{__name__}:worker",
        factory=True,
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        workers=settings.processes,
        log_config=logging_config(settings),
        access_log=False,
        server_header=False,
        # Nothing that we do depends on the client's address or on TLS.
        proxy_headers=False,
        # Longer than proxies keep idle connections, mostly a minute: else one of them would now and
        # then send a request into a connection that we are closing.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=settings.shutdown_timeout,
        # A machine that is busy starting workers answers late.
        timeout_worker_healthcheck=30,
    )
    if settings.processes == 1:
        Server(config).run([listener])
        return
    # Whoever looks after a server wants to know of workers that die.
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)
    supervisor = _Supervisor(config, [listener])
    with TemporaryDirectory(prefix="honeydo-metrics-") as shared_counts:
        # Whichever worker is asked for metrics tells those of all.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared_counts
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise OperationFailed("the workers do not start")


class _Supervisor(Multiprocess):
    def terminate_all(self) -> None:
        # Clients that nobody will accept any more are to notice at once.
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def keep_subprocess_alive(self) -> None:
        before = [process.pid for process in self.processes]
        super().keep_subprocess_alive()
        for pid in {*before} - {process.pid for process in self.processes}:
            # The streams that it had are open no more.
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


def worker() -> "ASGIApp":
    # Not loaded by a supervisor, which answers nobody.
    from . import asgi

    if parent := parent_process():
        Thread(target=_end_with, args=[parent], daemon=True).start()
    app = asgi.app()
    # What is there by now stays. To look through all of it for garbage again and again took a
    # quarter of a worker's time, and made requests wait; what they leave behind is little.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)
    return app


def _end_with(parent: BaseProcess) -> None:
    """Without their supervisor, workers would hold the port for good."""
    parent.join()
    signal.raise_signal(signal.SIGTERM)
