"""Medians, ranges and percentiles of figures."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from statistics import median

from tests.load.results import Figure

TIMES = "x"


@dataclass(frozen=True, slots=True)
class Summary:
    """What is shown of a figure: its value, and the least and greatest of its repetitions."""

    value: float
    low: float
    high: float
    repetitions: int

    def overlaps(self, other: "Summary") -> bool:
        return self.low <= other.high and other.low <= self.high


def summary(figure: Figure) -> Summary:
    """The median of the repetitions, or, where a percentile was measured, that percentile of all samples merged."""
    rank = rank_of(figure.measure)
    value = median(figure.values) if rank is None or not figure.samples else percentile(merged(figure), rank)
    # Samples merged may give a value a little beside what each repetition gave.
    return Summary(value, min(value, *figure.values), max(value, *figure.values), len(figure.values))


def rank_of(measure: str) -> float | None:
    """99.9 of "p99.9 from post to the last"."""
    found = re.match(r"p(\d+(?:\.\d+)?) ", measure)
    return float(found[1]) if found else None


def merged(figure: Figure) -> list[float]:
    """All samples, sorted."""
    return sorted(chain.from_iterable(figure.samples))


def percentile(ordered: Sequence[float], rank: float) -> float:
    """The least sample that so many per cent of all do not exceed (the nearest rank, thus one that was measured)."""
    if not ordered:
        raise ValueError("there is no percentile of nothing")
    return ordered[max(ceil(round(len(ordered) * rank / 100, 6)), 1) - 1]


def said(value: float) -> str:
    """A number with three figures that count, which is more than two cores repeat."""
    if value != 0 and abs(value) < 0.1:
        return f"{value:.3f}"
    if abs(value) < 9.995:
        return f"{value:.2f}"
    if abs(value) < 99.95:
        return f"{value:.1f}"
    return f"{value:,.0f}"


def ratio_said(number: float) -> str:
    """Of small ones how many times smaller than one they are: 1/20."""
    if 0 < number < 0.1:
        return f"1/{1 / number:.0f}{TIMES}"
    return f"{number:.2f}{TIMES}" if number < 9.995 else f"{number:,.0f}{TIMES}"


def range_said(of: Summary) -> str:
    return f"{said(of.low)}-{said(of.high)}" if of.repetitions > 1 else ""


def spread(values: Iterable[float]) -> float:
    """How many times the least the greatest is."""
    found = list(values)
    return max(found) / min(found)
