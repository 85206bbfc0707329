"""From the raw numbers to the tables that people read, and the plots."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from . import estimate
from .scenarios import SCENARIOS
from .servers import KINDS, PEER_PYTHON

_TITLES: Final = {each.name: each.title for each in SCENARIOS}
_SERVERS: Final = {each.name: each.title for each in KINDS} | {
    "pgbench": "pgbench, the same statements"
}
_MEASURES: Final = (
    "server_cpu_ms", "postgres_cpu_ms", "per_second", "p50_ms", "p99_ms", "p999_ms", "bytes",
)  # fmt: skip
_PARTS: Final = ("servers", "parts", "growth", "soak")
_NONE: Final = "-"
_NO_PEERS: Final = ("honeydo", "bare", "pgbench")
_KEEPS_UP: Final = 0.999  # of requests answered, or the numbers are about something else

Run = Mapping[str, Any]


def keep(results: Path, part: str, found: Mapping[str, Any]) -> None:
    results.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (results / f"{part}.json").write_text(text + "\n")


def write(results: Path) -> None:
    """The report of whatever has been measured so far."""
    found = {
        part: json.loads((results / f"{part}.json").read_text())
        for part in _PARTS
        if (results / f"{part}.json").exists()
    }
    sections = {"servers": _servers, "parts": _parts, "growth": _growth, "soak": _soak}
    lines = ["# Results", ""]
    for part, part_found in found.items():
        lines += [*sections[part](part_found), ""]
    if "servers" in found and "growth" in found:
        lines += [*_estimate(found["servers"], found["growth"]), ""]
    (results / "README.md").write_text("\n".join(lines))
    if "growth" in found:
        (results / "plans.md").write_text(_plans(found["growth"]["plans"]))


def draw(results: Path) -> bool:
    """Plot with the environment of the peers; whether there is one."""
    if not PEER_PYTHON.exists():
        return False
    script = Path(__file__).with_name("charts.py")
    subprocess.run([PEER_PYTHON, script, results], check=True)  # noqa: S603
    return True


def medians(runs: Iterable[Run]) -> dict[tuple[str, str], dict[str, float]]:
    """Over the rounds, by scenario and server."""
    grouped: defaultdict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        grouped[run["scenario"], run["server"]].append(run)
    return {
        key: {
            measure: median(values)
            for measure in _MEASURES
            if None not in (values := [run[measure] for run in rounds])
        }
        | {"lost": sum(run["refused"] + run["failed"] for run in rounds)
           / max(1, sum(run["requests"] for run in rounds))}
        for key, rounds in grouped.items()
    }  # fmt: skip


def _servers(found: Mapping[str, Any]) -> Iterator[str]:
    middle = medians(found["runs"])
    yield "## Servers side by side"
    yield ""
    yield from _made_on(found)
    yield ""
    yield (
        "Processor time of the server + of PostgreSQL, in milliseconds a request; in brackets, how"
        " many times as much the server and PostgreSQL together cost as with Honeydo."
    )
    yield ""
    servers = [name for name in _SERVERS if any(server == name for _, server in middle)]
    scenarios = [name for name in _TITLES if any(scenario == name for scenario, _ in middle)]
    yield from _table(
        ["", *(_SERVERS[name] for name in servers)],
        (
            [_TITLES[scenario], *(_cost(middle, scenario, server) for server in servers)]
            for scenario in scenarios
        ),
    )
    yield ""
    yield (
        "What Honeydo takes of a peer's processor time, for the server + for PostgreSQL, and how"
        " many times as many requests it answers a second:"
    )
    yield ""
    peers = [name for name in servers if name not in _NO_PEERS]
    yield from _table(
        ["", *(_SERVERS[name] for name in peers)],
        (
            [_TITLES[scenario], *(_ratio(middle, scenario, peer) for peer in peers)]
            for scenario in scenarios
        ),
    )
    yield ""
    yield "Requests a second, at saturation unless the users think:"
    yield ""
    yield from _table(
        ["", *(_SERVERS[name] for name in servers)],
        (
            [_TITLES[scenario], *(_rate(middle, scenario, server) for server in servers)]
            for scenario in scenarios
        ),
    )
    yield ""
    yield "Latency, p50 / p99 / p99.9, in milliseconds:"
    yield ""
    timed = [name for name in servers if name != "pgbench"]
    yield from _table(
        ["", *(_SERVERS[name] for name in timed)],
        (
            [_TITLES[scenario], *(_latency(middle, scenario, server) for server in timed)]
            for scenario in scenarios
        ),
    )
    yield ""
    yield from _table(
        ["", *(_SERVERS[name] for name in found["memory"])],
        [
            ["memory after the load, MB (PSS)",
             *(f"{size / 1e6:.0f}" for size in found["memory"].values())],
            ["start to first answer, s",
             *(f"{median(found['startup'][name]):.2f}" for name in found["memory"])],
        ],
    )  # fmt: skip
    yield ""
    yield "Left out: " + ("; ".join(found["left_out"]) or "nothing") + "."
    yield ""
    yield "![Processor time a request](cost.svg)"
    yield ""
    yield "![Latency with users who think](latency.svg)"


def _cost(middle: Mapping[Any, Any], scenario: str, server: str) -> str:
    if not (run := middle.get((scenario, server))):
        return _NONE
    text = f"{run['server_cpu_ms']:.3f} + {run.get('postgres_cpu_ms', 0):.3f}"
    ours = middle.get((scenario, "honeydo"))
    if ours and server not in _NO_PEERS:
        text += f" ({_total(run) / _total(ours):.1f} times)"
    return text + _doubt(run)


def _total(run: Run) -> float:
    return float(run["server_cpu_ms"] + run.get("postgres_cpu_ms", 0))


def _ratio(middle: Mapping[Any, Any], scenario: str, peer: str) -> str:
    ours, theirs = middle.get((scenario, "honeydo")), middle.get((scenario, peer))
    if not (ours and theirs):
        return _NONE
    costs = [
        f"{ours[measure] / theirs[measure]:.2g}" if theirs.get(measure) else _NONE
        for measure in ("server_cpu_ms", "postgres_cpu_ms")
    ]
    return f"{' + '.join(costs)}, {ours['per_second'] / theirs['per_second']:.3g} times"


def _rate(middle: Mapping[Any, Any], scenario: str, server: str) -> str:
    run = middle.get((scenario, server))
    return f"{run['per_second']:,.0f}{_doubt(run)}" if run else _NONE


def _latency(middle: Mapping[Any, Any], scenario: str, server: str) -> str:
    run = middle.get((scenario, server))
    if not run:
        return _NONE
    return f"{run['p50_ms']:.1f} / {run['p99_ms']:.1f} / {run['p999_ms']:.0f}{_doubt(run)}"


def _doubt(run: Run) -> str:
    """Numbers of a server that refuses work are not those of one that does it."""
    return f" **({run['lost']:.1%} lost)**" if run["lost"] > 1 - _KEEPS_UP else ""


def _parts(found: Mapping[str, Any]) -> Iterator[str]:
    yield "## Parts by themselves"
    yield ""
    yield from _made_on(found)
    yield ""
    yield "Microseconds of processor time an operation."
    yield ""
    yield from _table(
        ["", "", "Honeydo", "PostgreSQL"],
        (
            [each["side"], each["part"], f"{each['cpu_us']:.1f}",
             f"{each['postgres_us']:.0f}" if "postgres_us" in each else _NONE]
            for each in found["parts"]
        ),
    )  # fmt: skip


def _growth(found: Mapping[str, Any]) -> Iterator[str]:
    yield "## How cost grows"
    yield ""
    yield from _made_on(found)
    yield ""
    yield "Median latency in milliseconds; in brackets, PostgreSQL's processor time."
    for curve in dict.fromkeys(point["curve"] for point in found["points"]):
        points = [point for point in found["points"] if point["curve"] == curve]
        operations = [*dict.fromkeys(point["operation"] for point in points)]
        yield ""
        yield from _table(
            [curve, *operations],
            (
                [f"{x:,}", *(_point(points, x, operation) for operation in operations)]
                for x in dict.fromkeys(point["x"] for point in points)
            ),
        )
        yield ""
        yield f"![{curve}](growth-{curve.replace(' ', '-')}.svg)"
    yield ""
    yield "The plans behind it are in [plans.md](plans.md)."
    yield ""
    yield "Left out: " + ("; ".join(found["left_out"]) or "nothing") + "."


def _point(points: Sequence[Run], x: int, operation: str) -> str:
    [point] = [each for each in points if (each["x"], each["operation"]) == (x, operation)]
    text = f"{point['p50_ms']:.2f}"
    if point["postgres_cpu_ms"] is not None:
        text += f" ({point['postgres_cpu_ms']:.2f})"
    if "memory_bytes" in point:
        text += f", {point['memory_bytes'] / 1e6:.1f} MB more"
    lost = point["refused"] + point["failed"]
    return text + (f" **{lost} lost**" if lost else "")


def _estimate(servers: Mapping[str, Any], growth: Mapping[str, Any]) -> Iterator[str]:
    mixed = medians(servers["runs"]).get(("mixed", "honeydo"), {})
    if "postgres_cpu_ms" in mixed and growth.get("bytes_a_task"):
        yield "## 100 million users, on paper"
        yield ""
        costs = mixed["server_cpu_ms"], mixed["postgres_cpu_ms"]
        yield from estimate.written(*costs, growth["bytes_a_task"])


def _soak(found: Mapping[str, Any]) -> Iterator[str]:
    samples = found["samples"]
    first, last = samples[len(samples) // 5], samples[-1]
    yield "## Memory under a long load"
    yield ""
    yield from _made_on(found)
    yield ""
    yield (
        f"{last['seconds'] / 60:.0f} minutes, {sum(each['requests'] for each in samples):,}"
        f" requests: {first['memory_bytes'] / 1e6:.1f} MB after a fifth of the time,"
        f" {last['memory_bytes'] / 1e6:.1f} MB at the end (PSS of the server)."
    )
    yield ""
    yield "![Memory under a long load](soak.svg)"


def _plans(plans: Mapping[str, str]) -> str:
    parts = [f"## When {title}\n\n{plan}" for title, plan in plans.items()]
    return "# Plans\n\n" + "\n".join(parts)


def _made_on(found: Mapping[str, Any]) -> Iterator[str]:
    """The machine and the size of the run: short runs on a busy machine are good for little."""
    facts = [
        value if name in ("date", "processor") else f"{name} {value}"
        for name, value in found["made_on"].items()
    ]
    run = found["run"]
    yield f"Made on {', '.join(facts)}."
    yield f"Runs of {run['seconds']:g} s, {run['rounds']} rounds, scale {run['scale']:g}."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
