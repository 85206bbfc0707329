"""Processor time is counted of all that a server consists of."""

import subprocess
import sys

import psutil

from benchmarks.measure import cpu_seconds

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
# Prints once a child of its own has ended, and waits to be told to end.
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}])
print(flush=True)
sys.stdin.read()
"""


def test_children_that_have_ended_are_counted() -> None:
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        parent.stdout.readline()

        assert cpu_seconds(psutil.Process(parent.pid)) >= 0.3
