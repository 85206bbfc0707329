"""The real `honeydo` command, in a folder of its own and an environment that is otherwise blank."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from honeydo.adapters.jwt.shared_secret import mint

HONEYDO: Final = Path(sys.executable).with_name("honeydo")
SECRET: Final = "an e2e secret of more than 32 bytes"
_PATIENCE: Final = 60  # seconds, before a test gives up


@dataclass(frozen=True, slots=True)
class Home:
    """Where commands run: their current folder, and their data folder below it."""

    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.path), "HONEYDO_DATA_DIR": str(self.path / "data")}
        # On every machine the same.
        return {"PATH": "/usr/bin:/bin", "HONEYDO_WORKERS": "1", **own, **self.variables}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            [HONEYDO, *arguments],
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    def token(self, user: str) -> str:
        """What `honeydo token` prints, without waiting for a process."""
        configured = self.variables.get("BETTER_AUTH_SECRET", "").encode()
        secret = configured or (self.path / "data" / "secret").read_bytes()
        return mint(secret, user, lifetime=timedelta(hours=1))

    def processes(self) -> list[psutil.Process]:
        """What of ours still runs: commands, their workers, the embedded server."""
        return [process for process in psutil.process_iter() if self._runs(process)]

    def _runs(self, process: psutil.Process) -> bool:
        try:
            words = [process.cwd(), *process.cmdline(), *process.environ().values()]
        except psutil.Error:
            return False
        return any(str(self.path) in word for word in words)


@dataclass(slots=True)
class Server:
    home: Home
    process: subprocess.Popen[bytes]

    @property
    def out(self) -> str:
        return (self.home.path / "out").read_text()

    @property
    def err(self) -> str:
        return (self.home.path / "err").read_text()

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def url(self) -> str:
        listening = re.search(r"Listening on (http://\S+:\d+)", self.out)
        assert listening, self.err
        return listening[1]

    def client(self, user: str | None = None) -> httpx.Client:
        token = {"Authorization": f"Bearer {self.home.token(user)}"} if user else {}
        return httpx.Client(base_url=self.url, headers=token, timeout=_PATIENCE)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(_PATIENCE)


@contextmanager
def starting(home: Home, *arguments: str) -> Iterator[Server]:
    """The server, as soon as its process runs; killed at the end if it still does."""
    with (home.path / "out").open("wb") as out, (home.path / "err").open("wb") as err:
        process = subprocess.Popen(  # noqa: S603
            [HONEYDO, "serve", "--port", "0", *arguments],
            cwd=home.path,
            env=home.environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    try:
        yield Server(home, process)
    finally:
        # Its workers too, in case that it left some.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def serving(home: Home, *arguments: str) -> Iterator[Server]:
    """The server, once it is ready."""
    with starting(home, *arguments) as server:
        await_readiness(server)
        yield server


def await_readiness(server: Server) -> None:
    def is_ready() -> bool:
        assert server.process.poll() is None, server.out + server.err
        if "Listening" not in server.out:
            return False
        return httpx.get(f"{server.url}/health", timeout=_PATIENCE).status_code == 200

    eventually(is_ready)


def eventually(holds: Any) -> None:
    """Wait until something holds; fail if it never does."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
