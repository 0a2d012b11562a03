"""A run drawn over time, as SVG: what was posted and delivered each second, who was there, and the faults as bands."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from tests.chaos.scenario import Row, Run

WIDTH = 1160
LEFT = 64
RIGHT = 90  # the last name hangs over
LETTER = 5.4  # the height of one letter of a slanted name
APART = 13.0  # two names
PANEL = 120
GAP = 34
AXIS = 24
TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: its title with the unit, and its curves, each with a class of the style sheet and its points."""

    title: str
    curves: Sequence[tuple[str, Sequence[Point]]]

    @property
    def top(self) -> float:
        """A round number that nothing exceeds."""
        most = max((y for _, points in self.curves for _, y in points), default=1.0) or 1.0
        step = 10.0 ** floor(log10(most)) / 2
        return float(ceil(most / step) * step)


def timeline(run: Run) -> str:
    """The whole picture."""
    start, end = run.rows[0].started, run.rows[-1].ended
    shown = panels(run, ceil(start), floor(end))
    harmful = [row for row in run.rows if not row.harmless]
    above = 40 + LETTER * max((len(row.name) for row in harmful), default=0)
    height = above + len(shown) * (PANEL + GAP) + AXIS

    def x(at: float) -> float:
        return LEFT + (at - start) / max(end - start, 1.0) * (WIDTH - LEFT - RIGHT)

    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="What happened, over time">']
    parts += bands(harmful, x, above, height - AXIS - GAP)
    for number, panel in enumerate(shown):
        parts += drawn(panel, above + number * (PANEL + GAP), x)
    parts += time_axis(start, end, x, above, height - AXIS)
    return "\n".join([*parts, "</svg>"])


def panels(run: Run, start: int, end: int) -> list[Panel]:
    counted = run.crowd.ledger.per_second

    def seconds(name: str) -> list[Point]:
        return [(second, counted[name][second]) for second in range(start, end)]  # the last second is not whole

    looks = [look for look in run.crowd.looks if look.at >= start]
    return [
        Panel(
            "posted (line) and acknowledged (area), per second",
            [("area", seconds("acknowledged")), ("line", seconds("posted"))],
        ),
        Panel("delivered, per second", [("area", seconds("delivered"))]),
        Panel(
            "clients subscribed (area), and lacking nothing (line)",
            [
                ("area", [(look.at, look.subscribed) for look in looks]),
                ("line", [(look.at, look.back) for look in looks]),
            ],
        ),
    ]


def drawn(panel: Panel, y: float, x: Callable[[float], float]) -> Iterable[str]:
    top = panel.top
    yield f'<text class="title" x="{LEFT}" y="{y - 7}">{escape(panel.title)}</text>'
    for part in (0.0, 0.5, 1.0):
        level = y + PANEL * (1 - part)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{level}" y2="{level}"/>'
        yield f'<text class="scale" x="{LEFT - 6}" y="{level + 4}">{top * part:,.10g}</text>'
    for kind, points in panel.curves:
        if not points:
            continue
        line = " ".join(f"{x(at):.1f},{y + PANEL * (1 - value / top):.1f}" for at, value in points)
        if kind == "area":
            first, last = x(points[0][0]), x(points[-1][0])
            yield f'<polygon class="area" points="{first:.1f},{y + PANEL} {line} {last:.1f},{y + PANEL}"/>'
        else:
            yield f'<polyline class="line" points="{line}"/>'


def bands(rows: Iterable[Row], x: Callable[[float], float], top: float, bottom: float) -> Iterable[str]:
    """A fault from its blow to when it was taken back, and after that, paler, until all were back."""
    name_at = 0.0
    for row in rows:
        left, middle = x(row.started), x(row.ended)
        harm, after = max(middle - left, 1.5), x(row.ended + (row.back or 0.0)) - middle
        extent = f'y="{top}" height="{bottom - top}"'
        name_at = max(left + 4, name_at + APART)
        place = f"translate({name_at:.1f} {top - 26}) rotate(-60)"
        yield f"<g><title>{escape(row.name)}: lasted {row.lasted:.1f} s, all back {describe(row)}</title>"
        yield f'<rect class="fault" x="{left:.1f}" width="{harm:.1f}" {extent}/>'
        yield f'<rect class="after" x="{middle:.1f}" width="{after:.1f}" {extent}/>'
        yield f'<path class="lead" d="M{name_at:.1f} {top - 24} L{left:.1f} {top - 18} V{top}"/>'
        yield f'<text class="label" transform="{place}">{escape(row.name)}</text></g>'


def describe(row: Row) -> str:
    return "never" if row.back is None else f"after {row.back:.1f} s"


def time_axis(start: float, end: float, x: Callable[[float], float], top: float, bottom: float) -> Iterable[str]:
    length = end - start
    step = next((tick for tick in TICKS if length / tick <= 14), TICKS[-1])
    for second in range(0, int(length) + 1, step):
        at = x(start + second)
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{bottom - GAP + 4}"/>'
        yield f'<text class="tick" x="{at:.1f}" y="{bottom - GAP + 18}">{second // 60}:{second % 60:02d}</text>'
