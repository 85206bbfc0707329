"""What lies in the folder of one embedded server, and the locks by which processes agree on it."""

import fcntl
import os
import time
from pathlib import Path
from typing import BinaryIO, Self

from .errors import EmbeddedError


class StateFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path / "data"
        self.run = path / "run"
        self.log = path / "log"
        # Locked shared by each process that uses the server, exclusively while it stops.
        self.lease = path / "lease"
        # Locked by the one supervisor, from before its start until its end.
        self.supervision = path / "supervision"

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket: `run`, or one with a shorter name that it links to."""
        return self.run.readlink() if self.run.is_symlink() else self.run

    @classmethod
    def prepare(cls, path: Path) -> Self:
        """The folder, made if need be. All that is private in it is private by itself."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve()
        if path.stat().st_mode & 0o002:
            raise EmbeddedError(f"{path} is writable by everyone: choose a folder of your own")
        # As root the server runs under another account, which must get through. A folder that is
        # in use may be anything (/root), so its mode is not ours to change.
        if os.geteuid() == 0 and not any(path.iterdir()):
            path.chmod(0o711)
        return cls(path)


def open_private(path: Path) -> BinaryIO:
    """The file, made if need be, to append to; only its owner may read or lock it."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, mode=0o600), "ab")


def lock(path: Path, kind: int, timeout: float = 0) -> BinaryIO | None:
    """The locked file (`kind` as for flock), or None if others kept it for `timeout` seconds.

    It stays locked until it and the copies of it that child processes inherited are closed.
    """
    file, end = open_private(path), time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                file.close()
                return None
            time.sleep(0.05)
        else:
            return file
