"""`python -m benchmarks`: measures everything, or the parts that are named."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from honeydo.adapters.embedded import EmbeddedError

from . import comparison, growth, machine, parts, report, soak
from .check import WrongAnswer
from .data import Data
from .load import LoadError, require_wrk, trickle, wrk
from .plan import RESULTS, Plan
from .scenarios import SCENARIOS
from .servers import HONEYDO, KINDS, ServerError

_PARTS: Final = ("servers", "parts", "growth", "soak", "report")
_SMOKE: Final = Data(users=20, tasks=60)
_OPEN_FILES: Final = 8_192


def say(text: str) -> None:
    click.echo(text, err=True)


def names(given: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if given is None:
        return known
    chosen = tuple(given.split(","))
    if unknown := {*chosen} - {*known}:
        raise click.UsageError(f"{', '.join(unknown)} is none of {', '.join(known)}")
    return chosen


@click.command()
@click.argument("wanted", metavar="[PART]...", nargs=-1, type=click.Choice(_PARTS))
@click.option("--servers", help="Those alone, separated by commas; honeydo is always one.")
@click.option("--scenarios", help="Those alone, separated by commas.")
@click.option("--curves", help="Of growth, those alone: tasks, users, clients.")
@click.option("--seconds", default=4.0, show_default=True, help="Of each run.")
@click.option("--rounds", default=3, show_default=True, help="Of each scenario of the servers.")
@click.option("--scale", default=1.0, show_default=True, help="Of all data.")
@click.option("--minutes", default=10.0, show_default=True, help="Of the soak.")
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), help="Where to.")
@click.option("--smoke", is_flag=True, help="Whether it works: tiny, no numbers, no wrk.")
def main(
    wanted: tuple[str, ...],
    servers: str | None,
    scenarios: str | None,
    curves: str | None,
    seconds: float,
    rounds: int,
    scale: float,
    minutes: float,
    results: Path,
    smoke: bool,
) -> None:
    """Measure the PARTs: servers side by side, parts by themselves, growth of cost, memory in a
    soak; the report is written anew from what is there. Without any: all of them."""
    chosen = names(servers, tuple(kind.name for kind in KINDS))
    present = [kind for kind in KINDS if kind.name in chosen and not kind.missing()]
    plan = Plan(
        made_on=machine.described(),
        data=_SMOKE if smoke else Data(users=max(20, round(2_000 * scale))),
        kinds=present if HONEYDO in present else [HONEYDO, *present],
        scenarios=[
            each
            for each in SCENARIOS
            if each.name in names(scenarios, tuple(each.name for each in SCENARIOS))
            and not (smoke and (each.workers > 1 or each.algorithm != "HS256"))
        ],
        send=trickle if smoke else wrk,
        seconds=0.1 if smoke else seconds,
        rounds=1 if smoke else rounds,
        warm_up=0 if smoke else min(1, seconds),
        settling=0 if smoke else 0.3,
        curves=names(curves, growth.CURVES),
        scale=0 if smoke else scale,
        minutes=0.001 if smoke else minutes,
        results=results,
    )
    left_out = [f"{kind.name}: {kind.missing()}" for kind in KINDS if kind.missing()]
    try:
        if not smoke and {*wanted} != {"report"}:
            require_wrk()
        _raise_open_files()
        for part in wanted or _PARTS:
            say(f"== {part}")
            _MEASURES[part](plan, left_out)
    except (WrongAnswer, ServerError, LoadError, EmbeddedError) as failure:
        say(f"benchmarks: {failure}")
        sys.exit(1)


def _servers(plan: Plan, left_out: list[str]) -> None:
    with comparison.prepared(plan, say) as found:
        found.left_out += left_out
        found.run()
        _keep(
            plan,
            "servers",
            postgres=found.postgres.version(),
            left_out=found.left_out,
            startup=found.startup,
            memory=found.memory,
            runs=found.runs,
        )


def _parts(plan: Plan, _: list[str]) -> None:
    _keep(plan, "parts", parts=parts.measured(plan, say))


def _growth(plan: Plan, _: list[str]) -> None:
    with growth.prepared(plan, say) as found:
        found.run()
        _keep(
            plan,
            "growth",
            left_out=found.left_out,
            bytes_a_task=found.bytes_a_task,
            points=found.points,
            plans=found.plans,
        )


def _soak(plan: Plan, _: list[str]) -> None:
    _keep(plan, "soak", samples=soak.measured(plan, say))


def _report(plan: Plan, _: list[str]) -> None:
    report.write(plan.results)
    if not report.draw(plan.results):
        say("No plots: their environment is not set up (make bench does it)")


_MEASURES: Final[dict[str, Callable[[Plan, list[str]], None]]] = {
    "servers": _servers,
    "parts": _parts,
    "growth": _growth,
    "soak": _soak,
    "report": _report,
}


def _keep(plan: Plan, part: str, **found: Any) -> None:
    size = {"users": plan.data.users, "tasks": plan.data.users * plan.data.tasks}
    run = {"seconds": plan.seconds, "rounds": plan.rounds, "scale": plan.scale, **size}
    report.keep(plan.results, part, {"made_on": plan.made_on, "run": run, **found})


def _raise_open_files() -> None:
    """A thousand clients are two thousand files, in servers too, which inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
