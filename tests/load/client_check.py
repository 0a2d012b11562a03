"""Shows that the client is not what is measured: two of its processes find the same as one."""

from collections.abc import Sequence

from tests.load.names import CLIENT, TERTULIA
from tests.load.options import Options
from tests.load.results import Figure, Results
from tests.load.running import carry_out
from tests.load.scenarios import Bench
from tests.load.scenarios.fan_out import FanOut
from tests.load.scenarios.latency import Latency
from tests.load.statistics import rank_of, ratio_said, said, summary
from tests.load.systems import System
from tests.servers.process import say

# The cheapest of the peers is the one that would show a slow client first.
CHECKED = (TERTULIA, "bun")
# Beyond, or below its inverse, it is the client that is measured.
AGREE = 1.3


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
    return 0 if whole and agree(one.results, two.results) else 1


def agree(one: Results, two: Results) -> bool:
    """Whether there is something to compare, and all agrees that must."""
    found = pairs(one, two)
    return bool(found) and all(within(figure, other) for figure, other in found)


def agreement(one: Results, two: Results) -> str:
    """A line a figure: with one process, with two, and their ratio."""
    rows = [row(figure, other) for figure, other in pairs(one, two)]
    return "\n".join([f"{'':70}{'1 process':>10}{'2':>10}{'ratio':>10}", *rows])


def pairs(one: Results, two: Results) -> list[tuple[Figure, Figure]]:
    return [(figure, other) for figure in one.figures if (other := two.find(*figure.key)) is not None]


def row(figure: Figure, other: Figure) -> str:
    first, second = summary(figure).value, summary(other).value
    ratio = ratio_said(second / first) if first else ""
    name = f"{figure.system}, {figure.scenario}: {figure.measure}, {figure.unit}"
    verdict = "" if within(figure, other) else "  do not agree"
    return f"{name:70}{said(first):>10}{said(second):>10}{ratio:>10}{verdict}"


def within(figure: Figure, other: Figure) -> bool:
    """Whether two processes found what one did. What is the client's own they share; and a latency has the time in it
    that the client takes to read, and its turns on the same cores: it is shown and must not agree."""
    first, second = summary(figure).value, summary(other).value
    measured = figure.measure not in CLIENT and rank_of(figure.measure) is None
    return not measured or max(first, second) <= AGREE * min(first, second)
