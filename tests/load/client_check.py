"""Shows that the client is not what is measured: two of its processes find the same as one."""

from collections.abc import Sequence

from tests.load.names import TERTULIA
from tests.load.options import Options
from tests.load.results import Figure, Results
from tests.load.running import carry_out
from tests.load.scenarios import Bench
from tests.load.scenarios.fan_out import FanOut
from tests.load.scenarios.latency import Latency
from tests.load.statistics import ratio_said, said, summary
from tests.load.systems import System
from tests.servers.process import say

# The cheapest of the peers is the one that would show a slow client first.
CHECKED = (TERTULIA, "bun")


def check_client(options: Options, systems: Sequence[System]) -> int:
    """Fan-out and latency, with one process and with two, in turns. The exit code."""
    wanted = options.systems or CHECKED
    there = [system for system in systems if system.name in wanted and not system.missing()]
    one, two = (Bench(there, Results(), quick=options.quick, processes=number) for number in (1, 2))
    whole = True
    for _ in range(options.repeat):
        for bench in (one, two):
            whole = carry_out(bench, [FanOut(), Latency()], 1) and whole
    say(f"\n{agreement(one.results, two.results)}")
    return 0 if whole else 1


def agreement(one: Results, two: Results) -> str:
    """A line a figure: with one process, with two, and their ratio."""
    pairs = [(figure, two.find(*figure.key)) for figure in one.figures]
    rows = [row(figure, other) for figure, other in pairs if other is not None]
    return "\n".join([f"{'':70}{'1 process':>10}{'2':>10}{'ratio':>10}", *rows])


def row(figure: Figure, other: Figure) -> str:
    first, second = summary(figure).value, summary(other).value
    ratio = ratio_said(second / first) if first else ""
    name = f"{figure.system}, {figure.scenario}: {figure.measure}, {figure.unit}"
    return f"{name:70}{said(first):>10}{said(second):>10}{ratio:>10}"
