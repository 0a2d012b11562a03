"""What must be reached, as data, and whether a run reached it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.load.names import TERTULIA, short
from tests.load.results import Figure, Results
from tests.load.statistics import TIMES, ratio_said, said, spread, summary

CPU = "ws CPU per delivery"
LAST = "p99 from post to the last"
CHEAPER_TUTORIAL = "tutorial, pub/sub layer"  # the other one costs more, and is reached all the more

SIZES = ("10 sockets", "100 sockets", "1,000 sockets", "5,000 sockets")
ROOMS = ("1 room of 10", "10 rooms of 10", "100 rooms of 10", "1,000 rooms of 10")
LEAST = "the least tried"
UNITS = {CPU: "µs", "handshakes per second of ws CPU": "/s", "memory per socket": "KiB"}
WORKERS = ("1 worker", "2 workers", "4 workers")


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a figure of Tertulia: on itself, or in proportion to that of another `system` or variant (`against`),
    or on how many times the least of the variants in `flat` the greatest is."""

    scenario: str
    variant: str
    measure: str
    sense: Literal["≤", "≥"]
    bound: float
    system: str = TERTULIA
    against: str = ""
    flat: tuple[str, ...] = ()

    @property
    def absolute(self) -> bool:
        return self.system == TERTULIA and not self.against and not self.flat

    @property
    def other(self) -> str:
        """What it is in proportion to: "one transaction each" where that is all in which the variants differ."""
        return self.against.removeprefix(f"{self.variant}, ") or short(self.system)

    @property
    def name(self) -> str:
        return ", ".join(part for part in (self.measure, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target held against a run. `reached` is None where it could not be measured, for the reason in `why`."""

    target: Target
    measured: str
    must: str
    reached: bool | None
    said: str
    why: str = ""


TARGETS = (
    Target("fan-out", "500 sockets", CPU, "≤", 18),
    Target("fan-out", "500 sockets", CPU, "≤", 0.8, "socket.io"),
    Target("fan-out", "500 sockets", CPU, "≤", 1.3, "bun"),
    Target("fan-out", "500 sockets", CPU, "≤", 1 / 20, CHEAPER_TUTORIAL),
    Target("latency", "500 sockets", LAST, "≤", 1.5, "bun"),
    Target("room size", "10 to 5,000 sockets", CPU, "≤", 1.3, flat=SIZES),
    Target("rooms", "1 to 1,000 rooms", CPU, "≤", 1.3, flat=ROOMS),
    Target("workers", "1 to 4 workers", CPU, "≤", 1.15, flat=WORKERS),
    Target("posts", "one room", "posts per second", "≥", 4, against="one room, one transaction each"),
    Target("posts", "100 rooms", "posts per second", "≥", 4, against="100 rooms, one transaction each"),
    Target("posts", "alone", "p50 of a lone post", "≤", 1.05, against="alone, one transaction each"),
    Target("handshakes", "", "handshakes per second of ws CPU", "≥", 1000),
    Target("resume", "5,000 sockets", "p99 until caught up", "≤", 1.5, "socket.io"),
    # Ten times the sockets.
    Target("resume", "5,000 sockets", "database queries", "≤", 1.5, against="500 sockets"),
    Target("memory", "5,000 sockets", "memory per socket", "≤", 32),
    Target("nginx", "as configured", "nginx CPU per delivery", "≤", 1.05, against=LEAST),
)


def verdicts(results: Results) -> list[Verdict]:
    """Of all targets whose scenario was run."""
    ran = {figure.scenario for figure in results.figures} | results.missing.keys()
    return [verdict(results, target) for target in TARGETS if target.scenario in ran]


def verdict(results: Results, target: Target) -> Verdict:
    try:
        measured = held(results, target)
    except LookupError as missing:
        return Verdict(target, "", bound_said(target), None, "not measured", missing.args[0])
    reached = measured <= target.bound if target.sense == "≤" else measured >= target.bound
    shown = f"{said(measured)} {UNITS[target.measure]}" if target.absolute else ratio_said(measured)
    return Verdict(target, shown, bound_said(target), reached, "reached" if reached else missed(target, measured))


def missed(target: Target, measured: float) -> str:
    """By how much."""
    times = measured / target.bound
    if times >= 2:
        return f"NOT: {ratio_said(times)} the bound"
    return f"NOT: {abs(times - 1) * 100:.2g} % {'above' if target.sense == '≤' else 'below'}"


def held(results: Results, target: Target) -> float:
    """What the bound is on.

    Raises LookupError, with the reason, where a figure is not there.
    """
    if target.flat:
        return spread([value(results, target, TERTULIA, variant) for variant in target.flat])
    measured = value(results, target, TERTULIA, target.variant)
    if target.absolute:
        return measured
    if target.against == LEAST:
        return measured / min(summary(figure).value for figure in results.figures if same(figure, target))
    return measured / value(results, target, target.system, target.against or target.variant)


def value(results: Results, target: Target, system: str, variant: str) -> float:
    figure = results.find(target.scenario, system, variant, target.measure)
    found = summary(figure).value if figure else 0.0
    if found <= 0:  # nothing costs nothing: it was not measured, or wrongly
        reason = results.missing.get(system) or results.missing.get(target.scenario)
        raise LookupError(reason or f"no figure of {system}, {variant or target.scenario}")
    return found


def same(figure: Figure, target: Target) -> bool:
    return (figure.scenario, figure.system, figure.measure) == (target.scenario, TERTULIA, target.measure)


def bound_said(target: Target) -> str:
    if target.flat:
        return f"flat within {target.bound:g}{TIMES}"
    if target.absolute:
        return f"{target.sense} {target.bound:,g} {UNITS[target.measure]}"
    factor = ratio_said(target.bound) if target.bound < 0.1 else f"{target.bound:g}{TIMES}"
    return f"{target.sense} {factor} {target.other}"


def tally(found: Sequence[Verdict]) -> str:
    """What it comes to, in one sentence."""
    return ", ".join(parts(found)) + "."


def parts(found: Sequence[Verdict]) -> Iterator[str]:
    measured = [verdict for verdict in found if verdict.reached is not None]
    missed = [verdict for verdict in measured if not verdict.reached]
    yield f"{len(measured) - len(missed)} of {len(measured)} targets reached"
    if len(measured) < len(found):
        yield f"{len(found) - len(measured)} not measured"
