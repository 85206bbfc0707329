"""Processor time is counted of all that a server consists of."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from benchmarks.measure import cpu_seconds

# Starts children one after the other, or holds them all; tells when they are done.
PARENT = """
import subprocess, sys
busy = f"import time\\nwhile time.process_time() < {sys.argv[2]}: pass"
burn = f"{busy}\\nprint(flush=True)\\ninput()"
children = [
    subprocess.Popen([sys.executable, "-S", "-c", burn],
                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for _ in range(int(sys.argv[1]))
]
for child in children:
    child.stdout.readline()
if sys.argv[3] == "end":
    for child in children:
        child.communicate(b"\\n")
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def parent(children: int, seconds: float, then: str) -> Iterator[psutil.Process]:
    """A process whose children have each been busy for so long."""
    command = [sys.executable, "-S", "-c", PARENT, str(children), str(seconds), then]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout
        process.stdout.readline()
        yield psutil.Process(process.pid)


def test_children_are_counted() -> None:
    with parent(2, 0.2, then="hold") as process:
        assert cpu_seconds(process) >= 0.4


def test_children_that_have_ended_are_counted() -> None:
    with parent(2, 0.2, then="end") as process:
        assert cpu_seconds(process) >= 0.4
