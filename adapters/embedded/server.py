"""The server of one folder, started afresh whatever an earlier one left."""

import contextlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import psutil

from .account import Account
from .cluster import ensure_data
from .errors import EmbeddedError
from .folder import StateFolder
from .installation import Programs

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    # systemd deletes from /dev/shm what an account that logs out has there, in use or not.
    "dynamic_shared_memory_type": "mmap",
    # A log that stays small and holds nothing of the users' data.
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

# What fits a socket's address (103 bytes on macOS, with the name) and needs no quoting.
_PLAIN_PATH = re.compile(r"[\w./ -]{1,89}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Server:
    folder: StateFolder
    programs: Programs
    settings: Mapping[str, str]

    @classmethod
    def prepare(cls, folder: StateFolder, settings: Mapping[str, str]) -> Self:
        account = Account.serving(folder.data)
        if not account.can_run("/bin/sh", "-c", 'test -x "$0"', folder.path):
            raise EmbeddedError(
                f"the account that it runs under as root (uid {account.uid}) cannot reach "
                f"{folder.path}: choose a folder outside of private ones"
            )
        programs = Programs.within_reach(folder, account)
        ensure_data(folder, programs)
        return cls(folder, programs, _SETTINGS | dict(settings))

    def start(self) -> subprocess.Popen[bytes]:
        """The server's process, once it answers."""
        self._end_leftovers()
        self._open_socket_folder()
        settings = {
            **self.settings,
            "unix_socket_directories": str(self.folder.sockets),
            "cluster_name": self._name,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        begin = self.folder.log.stat().st_size
        process = self.programs.start("postgres", "-D", self.folder.data, *options)
        while process.poll() is None:
            if self._is_ready():
                return process
            time.sleep(0.02)
        raise self.programs.failure(since=begin)

    def clean_up(self) -> None:
        """Remove what a stopped server needs no more."""
        shutil.rmtree(self.folder.sockets, ignore_errors=True)
        self.folder.run.unlink(missing_ok=True)

    def _end_leftovers(self) -> None:
        """Kill what a killed supervisor or server left: commits are safe in the write-ahead log.

        PostgreSQL itself would trust a stale file, whose process id may be another program's now.
        """
        end = time.monotonic() + 20
        while left := [process for process in psutil.process_iter() if self._is_ours(process)]:
            if time.monotonic() > end:
                raise EmbeddedError(f"processes of an earlier server do not end: {left}")
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.02)
        (self.folder.data / "postmaster.pid").unlink(missing_ok=True)

    @property
    def _name(self) -> str:
        """What tells the processes of this server from all others, in their command lines."""
        data = self.folder.data.stat()
        return f"honeydo-{data.st_dev}-{data.st_ino}"

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.name() == "postgres"
                and process.uids().real == self.programs.account.uid
                and self._name in " ".join(process.cmdline())
            )
        except psutil.Error:
            return False

    def _open_socket_folder(self) -> None:
        """A private one, without the sockets of a killed server."""
        run, account = self.folder.run, self.programs.account
        if not account.owns_privately(self.folder.sockets):
            shutil.rmtree(run, ignore_errors=True)
            run.unlink(missing_ok=True)  # if it was a link
            if _PLAIN_PATH.fullmatch(str(run)):
                run.mkdir(mode=0o700)
            else:
                run.symlink_to(tempfile.mkdtemp(prefix="honeydo-"))
            account.own(self.folder.sockets)
        for stale in self.folder.sockets.iterdir():
            stale.unlink()

    def _is_ready(self) -> bool:
        """Whether the server has written so on a line of its file."""
        try:
            lines = (self.folder.data / "postmaster.pid").read_bytes().splitlines()
        except FileNotFoundError:
            return False
        return b"ready" in map(bytes.strip, lines)
