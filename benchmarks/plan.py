"""What of the benchmark is to be run, how long, and on how much data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .data import Data
from .load import SendLoad
from .scenarios import Scenario
from .servers import Kind

RESULTS: Final = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    made_on: Mapping[str, str]
    data: Data
    kinds: Sequence[Kind]
    scenarios: Sequence[Scenario]
    send: SendLoad
    seconds: float
    """Of each run."""
    rounds: int
    warm_up: float
    """Seconds of a run before the first round; 0 for none."""
    settling: float
    """Seconds after a run in which a server ends what it does for clients who have gone: the next
    one's cost is not to have a part of it."""
    curves: Sequence[str]
    scale: float
    """Of the largest points of the curves: 1 is a million users, ten million tasks."""
    minutes: float
    """Of the soak."""
    results: Path
