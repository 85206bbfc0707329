"""Arrows point inwards, and whoever turns one around breaks the build."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.layout import PACKAGES, ROOT, folder

# Prints the top-level packages that come in with all modules of a package.
LOAD = """
import importlib, json, pkgutil, sys
before = {*sys.modules}
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{sys.argv[1]}."):
    importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in {*sys.modules} - before})))
"""


def loaded_with(package: str) -> set[str]:
    """The third-party packages that importing all of this one loads, in a new interpreter."""
    command = [sys.executable, "-I", "-c", LOAD, package]
    run = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    names = json.loads(run.stdout)
    return {*names} - sys.stdlib_module_names


@pytest.mark.parametrize("ring", ["domain", "application"])
def test_the_core_loads_the_standard_library_alone(ring: str) -> None:
    assert loaded_with(f"honeydo.{ring}") == {"honeydo"}


def test_the_shipped_fake_loads_the_standard_library_alone() -> None:
    assert loaded_with("honeydo.adapters.memory") == {"honeydo"}


def test_what_a_package_loads_is_seen() -> None:
    assert loaded_with("honeydo.adapters.postgres") > {"honeydo", "sqlalchemy", "psycopg"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages by their installed names, to be changed and linted."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        copy = tmp_path.joinpath(*package.split("."))
        copy.mkdir(parents=True, exist_ok=True)
        for module in folder(package).glob("*.py"):
            shutil.copy(module, copy)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's verdict; it looks for packages in its working folder first."""
    command = [f"{Path(sys.executable).with_name('lint-imports')}", "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_contracts_are_kept(tree: Path) -> None:
    verdict = lint(tree)

    assert verdict.returncode == 0, verdict.stdout
    assert "0 broken" in verdict.stdout


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("domain/task.py", "from honeydo.application import ports", "Arrows point inwards"),
        ("application/ports.py", "from honeydo.adapters import memory", "Arrows point inwards"),
        ("adapters/memory/tasks.py", "from honeydo import entrypoints", "Arrows point inwards"),
        ("settings/__init__.py", "", "Arrows point inwards"),
        (
            "adapters/memory/tasks.py",
            "from honeydo.adapters.postgres import tables",
            "No adapter imports another",
        ),
        (
            "adapters/http/__init__.py",
            "def late() -> None:\n    from honeydo.adapters import jwt",
            "No adapter imports another",
        ),
        ("domain/task.py", "import sqlalchemy", "The core needs the standard library alone"),
        ("application/ports.py", "import msgspec", "The core needs the standard library alone"),
    ],
)
def test_a_planted_violation_breaks_the_build(
    tree: Path, module: str, planted: str, contract: str
) -> None:
    changed = tree / "honeydo" / module
    changed.parent.mkdir(exist_ok=True)
    with changed.open("a") as file:
        file.write(f"\n{planted}\n")

    verdict = lint(tree)

    assert verdict.returncode == 1
    assert f"{contract} BROKEN" in verdict.stdout
