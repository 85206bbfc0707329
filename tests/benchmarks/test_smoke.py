"""The benchmark runs from end to end, on little data, and says nothing of how fast."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.scenarios import SCENARIOS
from tests.support.cluster import Cluster
from tests.support.layout import ROOT


def test_it_measures_honeydo_without_any_tool_of_its_own(cluster: Cluster, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "BENCH_DATABASE_URL": cluster.application,
        # Neither wrk nor node.
        "PATH": str(Path(sys.executable).parent),
    }
    parts = ("servers", "parts", "growth", "report")
    narrowed = ("--smoke", "--servers", "honeydo", "--curves", "tasks")

    run = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks", *parts, *narrowed, "--results", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    found = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert {*found} == {"servers", "parts", "growth"}
    measured = [*found["servers"]["runs"], *found["growth"]["points"]]
    assert [each for each in measured if each["refused"] or each["failed"]] == []
    scenarios = {each["scenario"] for each in found["servers"]["runs"] if each["requests"]}
    assert scenarios == {each.name for each in SCENARIOS} - {"two", "eddsa"}
    assert all(each["cpu_us"] for each in found["parts"]["parts"])
    assert (tmp_path / "README.md").read_text()
    assert "honeydo_get" in (tmp_path / "plans.md").read_text()
