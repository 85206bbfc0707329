"""What the numbers were made on, without its name."""

import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil

_CPUINFO: Final = Path("/proc/cpuinfo")


def described() -> dict[str, str]:
    gigabytes = psutil.virtual_memory().total / 1e9
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{gigabytes:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Node": _said("node", "--version"),
        "wrk": _said("wrk", "--version"),
        "load average before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    if _CPUINFO.exists() and (found := re.search(r"model name\s*: (.+)", _CPUINFO.read_text())):
        return found[1]
    return platform.processor() or platform.machine()


def _said(program: str, option: str) -> str:
    """The version that a program tells, whatever exit code it has (wrk's is 1)."""
    if not shutil.which(program):
        return "none"
    ended = subprocess.run([program, option], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"\d+\.\d+(\.\d+)?", ended.stdout)
    return version[0] if version else "unknown"
