"""Results that nobody measured, for the tests: all systems, every scenario, and one of them missing."""

import random

from tests.load.names import SYSTEMS
from tests.load.results import Results
from tests.load.targets import CPU, LAST, ROOMS, SIZES, WORKERS

REPETITIONS = 3
US = "µs"
# Of each of SYSTEMS but the last, which is missing where one asks for that.
CPU_OF = (14.6, 536.0, 441.0, 23.4, 22.9, 13.8)
LATENCY_OF = (9.0, 2600.0, 1800.0, 31.0, 24.0, 8.2)
HANDSHAKES_OF = (1210.0, 283.0, 455.0, 780.0, 2080.0, 6640.0)
MEMORY_OF = (29.4, 35.2, 34.8, 13.1, 8.4, 2.4)
RESUME_OF = (2900.0, None, None, 2400.0, 1900.0, 800.0)


def sample_results(*, without: tuple[str, ...] = (), seed: int = 7) -> Results:
    """`without`: systems that could not be measured."""
    results = Results(
        machine={"machine": "2 cores (Example Processor), 24 GiB, Linux 6.1"},
        versions={"Tertulia": "abc1234", "Django": "6.1.3", "Node": "20.19.2"},
        began="2026-03-01T10:00:00+00:00",
        seconds=1140.0,
        missing={name: f"{name} is not installed" for name in without},
        notes=["The client used 41 % of a core at most, and was never late by more than 1.2 ms."],
    )
    draw = random.Random(seed)  # noqa: S311 - nothing secret
    for _ in range(REPETITIONS):
        add_repetition(results, [name for name in SYSTEMS if name not in without], draw)
    return results


def add_repetition(results: Results, systems: list[str], draw: random.Random) -> None:
    def about(value: float) -> float:
        return value * draw.uniform(0.97, 1.03)

    for at, name in enumerate(systems):
        results.add("fan-out", name, "500 sockets", CPU, US, about(CPU_OF[at]))
        results.add("fan-out", name, "500 sockets", "redis CPU per delivery", US, about(0.4))
        results.add("fan-out", name, "500 sockets", "busiest client process", "%", about(41.0))
        delays = [draw.lognormvariate(0, 0.4) * LATENCY_OF[at] / 2.6 for _ in range(400)]
        for measure, part in (("p50 from post to the last", 0.4), (LAST, 1.0)):
            results.add("latency", name, "500 sockets", measure, "ms", about(LATENCY_OF[at] * part), samples=delays)
        for growth, size in enumerate(SIZES):
            results.add("room size", name, size, CPU, US, about(CPU_OF[at] * (1 + growth / 12)))
        results.add("handshakes", name, "", "handshakes per second of ws CPU", "/s", about(HANDSHAKES_OF[at]))
        results.add("memory", name, "5,000 sockets", "memory per socket", "KiB", about(MEMORY_OF[at]))
        if (slowest := RESUME_OF[at]) is not None:
            waits = [draw.uniform(0.3, 1.0) * slowest for _ in range(400)]
            results.add("resume", name, "5,000 sockets", "p99 until caught up", "ms", about(slowest), samples=waits)
    add_ours(results, draw)


def add_ours(results: Results, draw: random.Random) -> None:
    def add(scenario: str, variant: str, measure: str, unit: str, value: float, note: str = "") -> None:
        results.add(scenario, "tertulia", variant, measure, unit, value * draw.uniform(0.98, 1.02), note=note)

    for variant in ROOMS:
        add("rooms", variant, CPU, US, 16.0)
    for variant in WORKERS:
        add("workers", variant, CPU, US, 15.0, "the client was up to 6 ms late" if variant == "4 workers" else "")
    for rooms, rate in (("one room", 2400.0), ("100 rooms", 2100.0)):
        add("posts", rooms, "posts per second", "/s", rate)
        add("posts", f"{rooms}, one transaction each", "posts per second", "/s", rate / 4.2)
    add("posts", "alone", "p50 of a lone post", "ms", 3.1)
    add("posts", "alone, one transaction each", "p50 of a lone post", "ms", 3.2)
    for variant in ("500 sockets", "5,000 sockets"):
        results.add("resume", "tertulia", variant, "database queries", "queries", 12)
    for variant, cost in (("as configured", 11.0), ("without tcp_nodelay", 12.5), ("nginx's defaults", 19.0)):
        add("nginx", variant, "nginx CPU per delivery", US, cost)
