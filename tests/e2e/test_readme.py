"""What the README tells new users to do does what it says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from honeydo.entrypoints.settings import Settings
from tests.e2e.server import HONEYDO, Server
from tests.support.cluster import Cluster
from tests.support.databases import new_database

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text()
# The parts that are one script, of which the last one takes away what the others made.
TOURED: Final = ("A tour", "Offline queues", "Stay in sync", "Your users' data")
# Differ from run to run.
MADE_UP: Final = {"id", "created_at", "updated_at", "completed_at", "deleted_at", "request_id"}


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, flags=re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    [text] = re.findall(rf"^## {title}\n(.*?)(?=^## )", README, flags=re.MULTILINE | re.DOTALL)
    return str(text)


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, without what differs from run to run."""
    end = 0
    while (begin := text.find("{", end)) >= 0:
        found, end = json.JSONDecoder().raw_decode(text, begin)
        yield {name: value for name, value in found.items() if name not in MADE_UP}


def test_the_tour_gets_the_answers_that_it_shows(embedded_server: Server) -> None:
    tour = "".join(section(title) for title in TOURED)
    script = "\n".join(blocks("sh", tour))
    script = script.replace("http://127.0.0.1:8000", embedded_server.url)
    script = script.replace(".venv/bin/honeydo", str(HONEYDO))
    toured = subprocess.run(  # noqa: S603
        ["/bin/bash", "-euc", script],
        cwd=embedded_server.home.path,
        env=embedded_server.home.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    answered = [*objects(toured.stdout)]
    shown = [*objects("".join(blocks("json", tour)))]
    assert shown
    for answer in shown:
        assert answer in answered
    assert "HTTP/1.1 204 No Content" in toured.stdout


def test_the_programs_run_as_they_stand(cluster: Cluster) -> None:
    with new_database(cluster) as database:
        for program in blocks("python"):
            ran = subprocess.run(  # noqa: S603
                [sys.executable, "-W", "error", "-c", program],
                env={"DATABASE_URL": cluster.url(database)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert (ran.returncode, ran.stderr) == (0, "")


def test_every_setting_is_in_the_table_and_in_the_example_with_its_default() -> None:
    told = re.findall(r"`((?:[A-Z]+_)+[A-Z]+)`", section("Configure"))
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    settings = [variable.name for variable in Settings.variables().values()]

    assert sorted(set(told)) == sorted(settings)
    assert sorted(example) == sorted(settings)
