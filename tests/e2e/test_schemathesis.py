"""The OpenAPI document against the server, by requests that nobody thought of."""

import subprocess
import sys
from pathlib import Path
from typing import Final
from uuid import uuid4

from tests.e2e.server import Server

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
HOOKS: Final = Path(__file__).with_name("schemathesis_hooks.py")


def test_every_answer_is_as_the_document_says(configured_server: Server, tmp_path: Path) -> None:
    address = f"{configured_server.url}/openapi.json"
    run = subprocess.run(  # noqa: S603
        [SCHEMATHESIS, f"--config-file={CONFIGURATION}", "run", "--checks=all", address],
        cwd=tmp_path,
        env={
            "TOKEN": configured_server.home.token(f"auth0|{uuid4()}"),
            "SCHEMATHESIS_HOOKS": f"{HOOKS}",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
