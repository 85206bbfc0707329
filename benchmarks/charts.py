"""Plots the results: `charts.py RESULTS`, run by the Python that has matplotlib.

Grey on nothing, so that they can be read on a light page and on a dark one.
"""

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

GREY = "#808080"
COLOURS = ["#e08a00", "#3d85c6", "#7b68c8", "#2e9e6b", "#c0504d", "#808080"]
COLOUR_OF = dict(zip(["honeydo", "classic", "async-orm", "fastify"], COLOURS, strict=False))
TITLE_OF = {
    "honeydo": "Honeydo",
    "classic": "FastAPI, SQLModel, psycopg2",
    "async-orm": "FastAPI, async ORM, asyncpg",
    "fastify": "Fastify, pg",
}

mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "honeydo",
        "font.family": "sans-serif",
        "font.size": 11,
        "axes.prop_cycle": mpl.cycler(color=COLOURS),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "figure.figsize": (8, 4),
        **dict.fromkeys(
            ["text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"], GREY
        ),
    }
)


def save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, transparent=True, metadata={"Date": None})
    plt.close(figure)


def legend(axes: Any) -> None:
    """Above the plot, where no line or bar is."""
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1),
        ncols=4 if axes.figure.get_figwidth() < 7 else 2,
        fontsize=10,
    )


def value(runs: list[Any], scenario: str, server: str, measure: str) -> float:
    found = [r[measure] or 0 for r in runs if (r["scenario"], r["server"]) == (scenario, server)]
    return median(found) if found else 0


def cost(found: Any, results: Path) -> None:
    """Bars: the server's part full, PostgreSQL's on top of it pale."""
    runs = found["runs"]
    scenarios = [
        name
        for name in dict.fromkeys(run["scenario"] for run in runs)
        if name not in ("think", "eddsa", "two")
    ]
    servers = [name for name in COLOUR_OF if any(run["server"] == name for run in runs)]
    figure, axes = plt.subplots()
    width = 0.8 / max(1, len(servers))
    for place, server in enumerate(servers):
        at = [index + place * width for index in range(len(scenarios))]
        own = [value(runs, name, server, "server_cpu_ms") for name in scenarios]
        beside = [value(runs, name, server, "postgres_cpu_ms") for name in scenarios]
        colour = COLOUR_OF[server]
        axes.bar(at, own, width, color=colour, label=TITLE_OF[server])
        axes.bar(at, beside, width, bottom=own, color=colour, alpha=0.45)
    axes.set_xticks([i + width * (len(servers) - 1) / 2 for i in range(len(scenarios))], scenarios)
    axes.set_ylabel("CPU ms a request\n(pale: PostgreSQL)")
    legend(axes)
    save(figure, results / "cost.svg")


def latency(found: Any, results: Path) -> None:
    runs = [run for run in found["runs"] if run["scenario"] == "think"]
    servers = [name for name in COLOUR_OF if any(run["server"] == name for run in runs)]
    if not servers:
        return
    figure, axes = plt.subplots(figsize=(8, 2.4))
    p99 = [value(runs, "think", server, "p99_ms") for server in servers]
    bars = axes.barh(
        [TITLE_OF[server] for server in servers], p99, color=[COLOUR_OF[s] for s in servers]
    )
    axes.bar_label(bars, fmt=" %.0f", color=GREY)
    axes.invert_yaxis()
    axes.set_xlabel("p99 in ms, 100 users who think for half a second")
    save(figure, results / "latency.svg")


def growth(found: Any, results: Path) -> None:
    for curve in dict.fromkeys(point["curve"] for point in found["points"]):
        points = [point for point in found["points"] if point["curve"] == curve]
        figure, axes = plt.subplots(figsize=(6, 3.2))
        for operation in dict.fromkeys(point["operation"] for point in points):
            line = [point for point in points if point["operation"] == operation]
            xs, ys = [point["x"] for point in line], [point["p50_ms"] for point in line]
            axes.plot(xs, ys, marker="o", label=operation)
        axes.set_xscale("symlog" if curve == "depth" else "log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel({"depth": "tasks in front of the page"}.get(curve, curve))
        axes.set_ylabel("median latency, ms")
        legend(axes)
        save(figure, results / f"growth-{curve.replace(' ', '-')}.svg")


def soak(found: Any, results: Path) -> None:
    figure, axes = plt.subplots(figsize=(6, 3.2))
    minutes = [sample["seconds"] / 60 for sample in found["samples"]]
    axes.plot(minutes, [sample["memory_bytes"] / 1e6 for sample in found["samples"]])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("minutes under the mixed load")
    axes.set_ylabel("MB of the server (PSS)")
    save(figure, results / "soak.svg")


def main(results: Path) -> None:
    plots = {"servers": (cost, latency), "growth": (growth,), "soak": (soak,)}
    for part, plotters in plots.items():
        path = results / f"{part}.json"
        if path.exists():
            for plot in plotters:
                plot(json.loads(path.read_text()), results)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
