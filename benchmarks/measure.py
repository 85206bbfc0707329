"""What a load costs, as the operating system counts it: processor time and memory."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


def tree(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process and all below it, those included that have ended and been waited for."""
    while True:
        processes = tree(process)
        try:
            total = sum(map(_seconds, processes))
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            continue
        # What ends meanwhile would be counted twice, by itself and by its parent, or not at all.
        if tree(process) == processes:
            return total


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    ended = times.children_user + times.children_system
    # The usual times are in hundredths of a second, rounded down: of fifty connections to
    # PostgreSQL that each did a little, nothing would be seen. This is in nanoseconds, of a thread.
    precise = Path(f"/proc/{process.pid}/schedstat")
    if precise.exists() and process.num_threads() == 1:
        return ended + int(precise.read_text().split()[0]) / 1e9
    return ended + times.user + times.system


def memory_bytes(process: psutil.Process) -> int:
    """Proportional set size of the process and all below it, which counts shared pages once; the
    resident set size where the system does not tell (macOS)."""
    total = 0
    for each in tree(process):
        with suppress(psutil.NoSuchProcess):
            memory = each.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    return total


@dataclass(slots=True)
class Cpu:
    """Seconds that passed on processors inside `counted`."""

    server: float = 0.0
    postgres: float | None = None


@contextmanager
def counted(server: psutil.Process | None, postmaster: psutil.Process | None) -> Iterator[Cpu]:
    """What it holds is right once the context has ended."""
    cpu = Cpu()
    before = cpu_seconds(server) if server else 0.0
    postgres_before = cpu_seconds(postmaster) if postmaster else 0.0
    yield cpu
    cpu.server = cpu_seconds(server) - before if server else 0.0
    cpu.postgres = cpu_seconds(postmaster) - postgres_before if postmaster else None
