import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def blank_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of whoever runs the tests."""
    for name in os.environ:
        if name.startswith("HONEYDO_") or name in (
            "DATABASE_URL",
            "BETTER_AUTH_SECRET",
            "FRONTEND_URL",
        ):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
