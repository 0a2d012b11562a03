"""Figures drawn as SVG: bars, curves over variants, and curves of percentiles.

Narrow enough to be read on a telephone, and told as text besides: a title, a description, and each value as a tooltip.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

from tests.load.axis import Axis, axis_for
from tests.load.names import SYSTEMS, TERTULIA, short
from tests.load.statistics import Summary, percentile, range_said, said

WIDTH = 480
LINE = 38  # of one bar with its name
BAR = 11
HEIGHT = 314  # of a diagram with two axes
LEFT, RIGHT, TOP, BOTTOM = 46, 108, 14, 44
LETTERS = 15  # between two names at the ends of curves
POINTS = 160  # of a curve of percentiles

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    system: str
    value: Summary


@dataclass(frozen=True, slots=True)
class Curve:
    """`points`: x from 0 to 1, and a value. `ranges`: the least and greatest value at each, where they are known."""

    name: str
    system: str
    points: Sequence[Point]
    ranges: Sequence[Point] = ()


# --- Bars ---


def bars(title: str, unit: str, of: Sequence[Bar]) -> str:
    """One below the other, each under its name and value; points instead, where the axis does not begin at 0."""
    axis = axis_for([edge for bar in of for edge in (bar.value.value, bar.value.high)])
    height = len(of) * LINE + 40
    described = "; ".join(f"{bar.name}: {said(bar.value.value)} {unit}" for bar in of)
    parts = [opening(title, f"{described}; {axis.said}", height)]
    for tick in axis.ticks:
        x = axis.at(tick) * WIDTH
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 34}"/>')
        anchor = "first" if x < 20 else "scale" if x > WIDTH - 20 else "tick"
        parts.append(f'<text class="{anchor}" x="{x:.1f}" y="{height - 19}">{tick_said(tick)}</text>')
    parts.append(unit_drawn(unit, axis, height))
    for at, bar in enumerate(of):
        parts += bar_drawn(bar, unit, axis, at * LINE)
    return "\n".join([*parts, "</svg>"])


def bar_drawn(bar: Bar, unit: str, axis: Axis, y: float) -> Iterator[str]:
    value, low, high = (axis.at(edge) * WIDTH for edge in (bar.value.value, bar.value.low, bar.value.high))
    between = range_said(bar.value)
    text = f"{said(bar.value.value)} {unit}" + (f" ({between})" if between else "")
    yield f'<g class="{colour(bar.system)}"><title>{escape(bar.name)}: {text}</title>'
    yield f'<text class="name" x="0" y="{y + 15}">{escape(bar.name)}</text>'
    yield f'<text class="value" x="{WIDTH}" y="{y + 15}">{text}</text>'
    middle = y + 21 + BAR / 2
    if axis.logarithmic:
        yield f'<line class="track" x1="0" x2="{WIDTH}" y1="{middle}" y2="{middle}"/>'
        yield f'<circle cx="{value:.1f}" cy="{middle}" r="5"/>'
    else:
        yield f'<rect x="0" y="{y + 21}" width="{value:.1f}" height="{BAR}"/>'
    yield f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/></g>'


# --- Curves ---


def over_variants(title: str, unit: str, variants: Sequence[str], of: Sequence[Curve]) -> str:
    """A value for each variant; what costs the same everywhere is level."""
    values = [value for curve in of for _, value in curve.points]
    values += [edge for curve in of for pair in curve.ranges for edge in pair]
    marks = [(at / max(len(variants) - 1, 1), name) for at, name in enumerate(variants)]
    return diagram(title, unit, axis_for(values), marks, of)


def percentiles(title: str, of: Iterable[tuple[str, str, Sequence[float]]]) -> str:
    """Name, system and sorted samples in milliseconds of each. Every step to the right is a tenth of those to the left
    of it."""
    found = list(of)
    decades = max(log10(max(len(samples) for *_, samples in found)), 1.0)
    curves = [Curve(name, system, list(quantiles(samples, decades))) for name, system, samples in found]
    marks = [(-log10(1 - rank / 100) / decades, f"p{rank:g}") for rank in (50, 90, 99, 99.9, 99.99)]
    axis = axis_for([value for curve in curves for _, value in curve.points])
    return diagram(title, "ms", axis, [mark for mark in marks if mark[0] <= 1], curves)


def quantiles(samples: Sequence[float], decades: float) -> Iterator[Point]:
    """As far as there are samples to tell: the greatest of a thousand is p99.9."""
    own = log10(len(samples))
    for at in range(POINTS + 1):
        x = at / POINTS * own
        yield x / decades, percentile(samples, 100 * (1 - 10**-x))


def diagram(title: str, unit: str, axis: Axis, marks: Sequence[tuple[float, str]], of: Sequence[Curve]) -> str:
    described = "; ".join(f"{curve.name}: {said(curve.points[0][1])} to {said(curve.points[-1][1])}" for curve in of)
    parts = [opening(title, f"From left to right, in {unit}: {described}; {axis.said}", HEIGHT)]
    parts += axes(unit, axis, marks)
    ends = apart([y_of(axis, curve.points[-1][1]) for curve in of])
    # The one that this is about is drawn last, above the others.
    for curve, end in sorted(zip(of, ends, strict=True), key=lambda pair: pair[0].system == TERTULIA):
        parts += curve_drawn(curve, unit, axis, end)
    return "\n".join([*parts, "</svg>"])


def axes(unit: str, axis: Axis, marks: Sequence[tuple[float, str]]) -> Iterator[str]:
    for tick in axis.ticks:
        y = y_of(axis, tick)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="scale" x="{LEFT - 6}" y="{y + 4:.1f}">{tick_said(tick)}</text>'
    for at, name in marks:
        x = x_of(at)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}">{escape(name)}</text>'
    yield unit_drawn(unit, axis, HEIGHT)


def curve_drawn(curve: Curve, unit: str, axis: Axis, end: float) -> Iterator[str]:
    places = [(x_of(at), y_of(axis, value)) for at, value in curve.points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    values = ", ".join(said(value) for _, value in curve.points) if curve.ranges else ""
    yield f'<g class="{colour(curve.system)}"><title>{escape(curve.name)} {values} {unit}</title>'
    for (x, _), (low, high) in zip(places, curve.ranges, strict=bool(curve.ranges)):
        yield f'<line class="range" x1="{x:.1f}" x2="{x:.1f}" y1="{y_of(axis, low):.1f}" y2="{y_of(axis, high):.1f}"/>'
    yield f'<polyline points="{line}"/>'
    if curve.ranges:
        yield "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places)
    x, y = places[-1]
    yield f'<path class="lead" d="M{x + 4:.1f} {y:.1f} L{WIDTH - RIGHT + 8} {end:.1f}"/>'
    yield f'<text class="end" x="{WIDTH - RIGHT + 10}" y="{end + 4:.1f}">{escape(curve.name)}</text></g>'


def apart(ends: Sequence[float]) -> list[float]:
    """Where the names of curves stand that end at these heights, in the same order, none over another."""
    placed = dict[int, float]()
    last = -float(LETTERS)
    for at in sorted(range(len(ends)), key=lambda at: ends[at]):
        last = placed[at] = max(ends[at], last + LETTERS)
    over = max(last - (HEIGHT - BOTTOM), 0)
    return [placed[at] - over for at in range(len(ends))]


# --- Both ---


def opening(title: str, description: str, height: float) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    )


def colour(system: str) -> str:
    """A class of the style sheet."""
    return f"system s{SYSTEMS.index(system)}" if system in SYSTEMS else "system"


def x_of(at: float) -> float:
    return LEFT + at * (WIDTH - LEFT - RIGHT)


def y_of(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.at(value) * (HEIGHT - BOTTOM - TOP)


def unit_drawn(unit: str, axis: Axis, height: float) -> str:
    return f'<text class="first" x="0" y="{height - 3}">{unit}, {axis.said}</text>'


def tick_said(value: float) -> str:
    return f"{value:,.10g}"


def curve_name(system: str, variant: str = "") -> str:
    return ", ".join(part for part in (short(system), variant) if part)
