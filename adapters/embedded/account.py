"""The account that the server runs under: our own, unless we are root, whom PostgreSQL refuses."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from .errors import EmbeddedError

_CLEAN = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}}


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @classmethod
    def serving(cls, data: Path) -> Self:
        """The account for that data folder; as root it is the folder's owner, once it is there."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if data.exists():
            return cls(data.stat().st_uid, data.stat().st_gid)
        accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
        if entry := accounts.get("postgres") or accounts.get("nobody"):
            return cls(entry.pw_uid, entry.pw_gid)
        raise EmbeddedError("as root, it needs an account 'postgres' or 'nobody' to run under")

    @property
    def switch(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this account, in a clean environment."""
        if os.geteuid() != 0:
            return _CLEAN
        return _CLEAN | {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, *command: str | Path) -> bool:
        try:
            ended = subprocess.run(command, capture_output=True, check=False, **self.switch)  # noqa: S603
        except PermissionError:
            return False
        return ended.returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def owns_privately(self, path: Path) -> bool:
        """Whether it is a folder, not a link to one, that nobody else but root may enter."""
        if not path.exists():
            return False
        found = path.lstat()
        private = not found.st_mode & 0o077
        return stat.S_ISDIR(found.st_mode) and found.st_uid == self.uid and private
