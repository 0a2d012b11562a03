"""An axis: where a value lies on it, and which values are written beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

APART = 12  # how many times the least value the greatest may be before a linear axis hides the least


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to a round number, or, where values lie far apart, logarithmic from one round number to another."""

    low: float
    high: float
    logarithmic: bool

    def at(self, value: float) -> float:
        """0 at its beginning, 1 at its end."""
        if self.logarithmic:
            return log10(max(value, self.low) / self.low) / log10(self.high / self.low)
        return value / self.high

    @property
    def ticks(self) -> list[float]:
        if not self.logarithmic:
            step = step_for(self.high)
            return [step * at for at in range(round(self.high / step) + 1)]
        decades = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        steps = (1,) if len(decades) > 4 else (1, 3)
        found = [10.0**decade * step for decade in decades for step in steps]
        return [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]

    @property
    def said(self) -> str:
        return "logarithmic axis" if self.logarithmic else "axis from 0"


def axis_for(values: Sequence[float]) -> Axis:
    """One on which all values can be told apart."""
    positive = [value for value in values if value > 0] or [1.0]
    least, most = min(positive), max(positive)
    if most / least <= APART:
        return Axis(0.0, ceil(most / step_for(most)) * step_for(most), logarithmic=False)
    return Axis(below(least), above(most), logarithmic=True)


def step_for(most: float) -> float:
    """A round one, of which it takes three to five to come to `most`."""
    decade = 10.0 ** floor(log10(most))
    return decade * next(step for step in (0.25, 0.5, 1, 2) if most <= decade * step * 5 * 1.001)


def below(value: float) -> float:
    decade = 10.0 ** floor(log10(value))
    return decade * 3 if value >= decade * 3 else decade


def above(value: float) -> float:
    decade = 10.0 ** floor(log10(value))
    return next(decade * step for step in (1, 3, 10) if value <= decade * step * 1.001)
