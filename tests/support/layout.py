"""How the folders of the repository map to packages, read from pyproject.toml."""

import tomllib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PYPROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())

_setuptools: Final = PYPROJECT["tool"]["setuptools"]
PACKAGES: Final[list[str]] = _setuptools["packages"]
MAPPED: Final[dict[str, str]] = _setuptools["package-dir"]


def folder(package: str) -> Path:
    """Where the package's files are."""
    if package in MAPPED:
        return ROOT / MAPPED[package]
    parent, _, name = package.rpartition(".")
    return folder(parent) / name
