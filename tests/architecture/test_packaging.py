from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.layout import MAPPED, PACKAGES, PYPROJECT, ROOT, folder


def contract(name: str) -> dict[str, list[str]]:
    """An import-linter contract."""
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    [found] = [contract for contract in contracts if contract["name"] == name]
    return dict(found)


def test_every_folder_with_code_is_a_listed_package() -> None:
    with_code = {
        file.parent for mapped in MAPPED.values() for file in (ROOT / mapped).rglob("*.py")
    }

    assert with_code == {folder(package) for package in PACKAGES}


def test_the_migrations_do_not_shadow_the_library_of_their_folders_name() -> None:
    assert [*Path(ROOT, "alembic").rglob("__init__.py")] == []


def test_no_adapter_may_import_another() -> None:
    adapters = {file.parent.name for file in Path(ROOT, "adapters").glob("*/*.py")}

    independent = contract("No adapter imports another")["modules"]

    assert set(independent) == {f"honeydo.adapters.{adapter}" for adapter in adapters}


def test_every_dependency_is_forbidden_in_the_core() -> None:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    required = [*project["dependencies"], *extras["embedded"], *extras["otel"]]
    modules = contract("The core needs the standard library alone")["forbidden_modules"]
    provided_by = packages_distributions()

    forbidden = {
        canonicalize_name(name) for module in modules for name in provided_by.get(module, [])
    }
    names = {canonicalize_name(Requirement(requirement).name) for requirement in required}

    assert names - forbidden == set()
