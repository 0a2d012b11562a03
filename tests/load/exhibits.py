"""A measure as a chart with its table beside it."""

from collections.abc import Collection, Iterable, Sequence
from html import escape

from tests.chaos.report import tds
from tests.load.charts import Bar, Curve, bars, curve_name, over_variants, percentiles
from tests.load.names import short
from tests.load.rows import Cell, Row, Section
from tests.load.statistics import merged, percentile, range_said, rank_of, ratio_said, said

FLAT = ("room size", "rooms", "workers")  # scenarios whose variants follow one another
RANKS = (50, 90, 99, 99.9)


def exhibit(section: Section) -> str:
    if has_samples(section):
        drawn, table = distribution(section)
    elif section.scenario in FLAT and len(section.rows) > 1:
        drawn, table = levels(section)
    else:
        drawn, table = amounts(section)
    caption = f"<figcaption>{escape(section.in_unit(what_of(section)))}</figcaption>"
    return f'<figure>{caption}<div class="pair"><div>{drawn}</div>{table}</div></figure>'


def has_samples(section: Section) -> bool:
    return rank_of(section.measure) is not None and any(cell.figure.samples for _, _, cell in all_cells(section))


def what_of(section: Section) -> str:
    """What is drawn: of percentiles of samples their whole curve."""
    return section.measure.partition(" ")[2] if has_samples(section) else section.measure


def all_cells(section: Section) -> list[tuple[Row, str, Cell]]:
    """By variant, then by system in their order."""
    return [(row, name, row.cells[name]) for row in section.rows for name in section.systems if name in row.cells]


def distribution(section: Section) -> tuple[str, str]:
    """Percentiles of all samples."""
    several = len(section.rows) > 1
    found = [
        (curve_name(system, short_variant(row.variant) if several else ""), system, merged(cell.figure))
        for row, system, cell in all_cells(section)
        if cell.figure.samples
    ]
    head = ["", *(f"p{rank:g}" for rank in RANKS), "greatest", "samples"]
    rows = [
        [name, *(said(percentile(samples, rank)) for rank in RANKS), said(samples[-1]), f"{len(samples):,}"]
        for name, _, samples in found
    ]
    return percentiles(section.title, found), table(head, rows)


def levels(section: Section) -> tuple[str, str]:
    """A curve for each system, over the variants."""
    variants = [row.variant for row in section.rows]
    curves = [curve(system, section.rows) for system in section.systems]
    rows = [
        [short(system), *(said_with_range(row.cells.get(system)) for row in section.rows)] for system in section.systems
    ]
    return over_variants(section.title, section.unit, [short_variant(name) for name in variants], curves), table(
        ["", *variants], rows
    )


def curve(system: str, rows: Sequence[Row]) -> Curve:
    at = {place: row.cells[system].summary for place, row in enumerate(rows) if system in row.cells}
    last = max(len(rows) - 1, 1)
    points = [(place / last, found.value) for place, found in at.items()]
    return Curve(short(system), system, points, [(found.low, found.high) for found in at.values()])


def short_variant(name: str) -> str:
    """The number that it begins with."""
    return name.partition(" ")[0]


def amounts(section: Section) -> tuple[str, str]:
    """A bar for each system and variant."""
    several, peers = len(section.rows) > 1, len(section.systems) > 1
    found = [
        Bar(curve_name(system if peers or not several else "", row.variant if several else ""), system, cell.summary)
        for row, system, cell in all_cells(section)
    ]
    columns = {
        "": [bar.name for bar in found],
        "median": [said(bar.value.value) for bar in found],
        "range": [range_said(bar.value) for bar in found],
        "Tertulia / it": [ratio_said(cell.ratio) if cell.ratio else "" for _, _, cell in all_cells(section)],
    }
    shown = {name: texts for name, texts in columns.items() if any(texts)}
    return bars(section.title, section.unit, found), table(list(shown), zip(*shown.values(), strict=True))


def said_with_range(cell: Cell | None) -> str:
    if cell is None:
        return ""
    between = range_said(cell.summary)
    return said(cell.summary.value) + (f"\n{between}" if between else "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, broken: Collection[int] = ()) -> str:
    """`broken`: the places of rows that shall stand out."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "\n".join(
        f'<tr class="{"broken" if at in broken else "kept"}"><th scope="row">{escape(row[0])}</th>{tds(row[1:])}</tr>'
        for at, row in enumerate(rows)
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
