"""The figures of a run as rows, a cell for each system: what the tables on paper, screen and page are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.load.names import SYSTEMS, TERTULIA
from tests.load.results import Figure, Results
from tests.load.statistics import Summary, summary


@dataclass(frozen=True, slots=True)
class Cell:
    """`ratio`: Tertulia's figure in proportion to this one; None where there is none, and for Tertulia itself."""

    figure: Figure
    summary: Summary
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Row:
    variant: str
    cells: dict[str, Cell]  # by system


@dataclass(frozen=True, slots=True)
class Section:
    """All rows of one measure of one scenario."""

    scenario: str
    measure: str
    unit: str
    rows: list[Row]

    @property
    def title(self) -> str:
        return f"{self.scenario}: {self.in_unit(self.measure)}"

    def in_unit(self, measure: str) -> str:
        return measure if measure.endswith(self.unit) else f"{measure}, {self.unit}"

    @property
    def systems(self) -> list[str]:
        return ordered(system for row in self.rows for system in row.cells)


def sections(results: Results) -> list[Section]:
    """In the order in which they were measured, those of a scenario together."""
    found: dict[tuple[str, str], dict[str, list[Figure]]] = {}
    scenarios = list(dict.fromkeys(figure.scenario for figure in results.figures))
    for figure in sorted(results.figures, key=lambda figure: scenarios.index(figure.scenario)):
        of_measure = found.setdefault((figure.scenario, figure.measure), {})
        of_measure.setdefault(figure.variant, []).append(figure)
    return [
        Section(scenario, measure, unit_of(rows), [Row(variant, cells(figures)) for variant, figures in rows.items()])
        for (scenario, measure), rows in found.items()
    ]


def unit_of(rows: dict[str, list[Figure]]) -> str:
    return next(iter(rows.values()))[0].unit


def cells(figures: Sequence[Figure]) -> dict[str, Cell]:
    ours = next((summary(figure).value for figure in figures if figure.system == TERTULIA), None)
    return {figure.system: cell(figure, ours) for figure in figures}


def cell(figure: Figure, ours: float | None) -> Cell:
    found = summary(figure)
    if ours is None or not found.value or figure.system == TERTULIA:
        return Cell(figure, found, None)
    return Cell(figure, found, ours / found.value)


def systems_of(results: Results) -> list[str]:
    return ordered(figure.system for figure in results.figures)


def ordered(systems: Iterable[str]) -> list[str]:
    """Tertulia, then the peers, always in the same order."""
    found = dict.fromkeys(systems)
    return [name for name in SYSTEMS if name in found] + [name for name in found if name not in SYSTEMS]


def name_of(figure: Figure) -> str:
    return f"{figure.system}, {figure.variant}" if figure.variant else figure.system


def remarks(results: Results) -> list[str]:
    """What must be known besides the figures: what is missing and why, and what was noted."""
    missing = [f"Not measured: {name}: {why}" for name, why in results.missing.items()]
    scenarios = dict.fromkeys(figure.scenario for figure in results.figures)
    noted = [f"{scenario}: {note}" for scenario in scenarios for note in notes(results, scenario)]
    return missing + results.notes + noted


def notes(results: Results, scenario: str) -> list[str]:
    """What a reader must know of single figures: each note once, with those whom it concerns."""
    concerned: dict[str, dict[str, None]] = {}
    for figure in results.figures:
        if figure.scenario == scenario and figure.note:
            concerned.setdefault(figure.note, {})[name_of(figure)] = None
    return [f"{note} ({'; '.join(names)})" for note, names in concerned.items()]
