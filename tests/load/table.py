"""A run as a table of text: on the screen, and as Markdown for the documentation."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from tests.chaos.table import line
from tests.load.names import short
from tests.load.results import Results
from tests.load.rows import Cell, Row, Section, remarks, sections, systems_of
from tests.load.statistics import TIMES, range_said, ratio_said
from tests.load.statistics import said as number_said
from tests.load.targets import Verdict, tally, verdicts

WIDTH = 100
LABEL = 22  # the names of the variants
HOW_TO_READ = (
    f"Medians, with the range of the repetitions; percentiles are of all samples together. {TIMES}: Tertulia's figure "
    "in proportion to this one."
)


# --- For the screen ---


def table(results: Results) -> str:
    """All figures and what they come to. Fits 100 columns."""
    systems = systems_of(results)
    blocks = [
        "\n".join([heading(systems), "-" * WIDTH]),
        *("\n".join(section_lines(section, systems)) for section in sections(results)),
        textwrap.fill(HOW_TO_READ, WIDTH),
        "\n".join(textwrap.fill(text, WIDTH, subsequent_indent="  ") for text in remarks(results)),
        "\n".join(target_lines(verdicts(results))),
    ]
    return "\n\n".join(block for block in blocks if block)


def heading(systems: Sequence[str]) -> str:
    first, second = zip(*(short(name).partition(", ")[::2] for name in systems), strict=True)
    return "\n".join([in_columns("", first), in_columns("", second)]).rstrip()


def in_columns(label: str, texts: Sequence[str]) -> str:
    width = (WIDTH - LABEL) // max(len(texts), 6)
    return (label.ljust(LABEL) + "".join(text.rjust(width) for text in texts)).rstrip()


def section_lines(section: Section, systems: Sequence[str]) -> Iterator[str]:
    yield section.title
    for row in section.rows:
        yield from row_lines(row, systems)


def row_lines(row: Row, systems: Sequence[str]) -> Iterator[str]:
    """One of medians, and below it their ranges, where there are any."""
    cells = [row.cells.get(system) for system in systems]
    lines: list[list[str]] = [[median_said(cell) for cell in cells]]
    if any(ranges := [range_said(cell.summary) if cell else "" for cell in cells]):
        lines.append(ranges)
    for label, texts in zip_longest(labels(row.variant), lines):
        yield in_columns(label or "", texts or ())


def labels(variant: str) -> list[str]:
    """Its name in lines that fit the first column."""
    return [f"  {part}" for part in textwrap.wrap(variant, LABEL - 3)] or ["  all"]


def median_said(cell: Cell | None) -> str:
    if cell is None:
        return ""
    value = number_said(cell.summary.value)
    return value if cell.ratio is None else f"{value} {ratio_said(cell.ratio)}"


def target_lines(found: Sequence[Verdict]) -> Iterator[str]:
    rows = [("target", "measured", "must", ""), *map(verdict_cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    yield from (line(row, widths) for row in rows)
    yield tally(found)


def verdict_cells(of: Verdict) -> tuple[str, str, str, str]:
    return (of.target.name, of.measured, of.must, of.said)


# --- As Markdown ---


def markdown(results: Results) -> str:
    """The same for docs/performance.md, one row a figure and variant."""
    systems = systems_of(results)
    parts = [
        [f"Measured {when(results)}; {'; '.join(of_dict(results.machine))}. {'; '.join(of_dict(results.versions))}."],
        pipes(["target", "measured", "must", ""], [verdict_cells(found) for found in verdicts(results)]),
        [tally(verdicts(results))],
        pipes(["figure", *systems], markdown_rows(results, systems)),
        [HOW_TO_READ],
        [f"* {text}" for text in remarks(results)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def markdown_rows(results: Results, systems: Sequence[str]) -> Iterator[list[str]]:
    for section in sections(results):
        for row in section.rows:
            name = ", ".join(part for part in (section.title, row.variant) if part)
            yield [name, *(markdown_cell(row.cells.get(system)) for system in systems)]


def markdown_cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    between = range_said(cell.summary)
    median = number_said(cell.summary.value) + (f" ({between})" if between else "")
    return median if cell.ratio is None else f"{median}, {ratio_said(cell.ratio)}"


def pipes(head: Sequence[str], rows: Iterator[list[str]] | Sequence[Sequence[str]]) -> list[str]:
    return [piped(head), piped(["---"] * len(head)), *map(piped, rows)]


def piped(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def when(results: Results) -> str:
    began = datetime.fromisoformat(results.began).strftime("%Y-%m-%d %H:%M")
    return f"{began}, in {results.seconds / 60:.0f} minutes"


def of_dict(facts: dict[str, str]) -> list[str]:
    return [f"{name}: {text}" for name, text in facts.items()]
