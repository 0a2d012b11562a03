"""A run of the bench as one HTML page that asks for nothing else."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from tests.chaos.report import STYLE as BASE_STYLE
from tests.chaos.report import definitions, document
from tests.load.chapters import ABOUT, CAVEATS, CLIENT_TEXT, METHOD, chapter, in_order
from tests.load.exhibits import all_cells, exhibit, table, what_of
from tests.load.names import CLIENT
from tests.load.results import Results
from tests.load.rows import Section, name_of, notes, sections
from tests.load.statistics import said
from tests.load.table import verdict_cells, when
from tests.load.targets import tally, verdicts

TITLE = "Tertulia: what fan-out costs"
STYLE = Path(__file__).with_name("report.css")


def write_report(path: Path, results: Results) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(results), encoding="utf-8")


def page(results: Results) -> str:
    return document(TITLE, BASE_STYLE.read_text() + STYLE.read_text(), list(parts(results)))


def parts(results: Results) -> Iterator[str]:
    held, found = verdicts(results), sections(results)
    kept = all(verdict.reached is not False for verdict in held)
    yield f'<p class="verdict {"kept" if kept else "broken"}">{escape(tally(held))}</p>'
    yield f"<p>{ABOUT}</p>"
    missed = [at for at, verdict in enumerate(held) if verdict.reached is False]
    head = ["target", "measured", "must", ""]
    yield f'<div class="targets">{table(head, map(verdict_cells, held), broken=missed)}</div>'
    yield bullets([f"Not measured: {name}: {why}" for name, why in results.missing.items()])
    for scenario in in_order({section.scenario for section in found}):
        yield from chapter_drawn(scenario, [section for section in found if section.scenario == scenario])
        yield bullets(notes(results, scenario))
    yield f"<h2>How it was measured</h2><p>{METHOD}</p><p>{CAVEATS}</p>"
    yield bullets(results.notes)
    yield from client_checked(found)
    yield "<h2>The machine</h2>"
    yield definitions({"measured": when(results), **results.machine, **results.versions})


def chapter_drawn(scenario: str, found: Sequence[Section]) -> Iterator[str]:
    told = chapter(scenario)
    yield f"<section><h2>{escape(told.heading)}</h2><p>{escape(told.text)}</p>"
    yield from map(exhibit, drawn_once(found))
    yield "</section>"


def bullets(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>" if texts else ""


def client_checked(found: Sequence[Section]) -> Iterator[str]:
    """What the client itself used, for each system."""
    rows = [
        [f"{section.scenario}, {name_of(cell.figure)}", section.measure, f"{said(cell.summary.value)} {section.unit}"]
        for section in found
        if section.measure in CLIENT
        for _, _, cell in all_cells(section)
    ]
    if rows:
        yield f"<h2>Whether the client was fast enough</h2><p>{CLIENT_TEXT}</p>"
        yield f'<div class="targets">{table(["", "measure", ""], rows)}</div>'


def drawn_once(found: Sequence[Section]) -> list[Section]:
    """Without what the curve of another measure shows already: p50 and p99 of the same samples; and without the
    client."""
    shown: dict[str, Section] = {}
    for section in found:
        if section.measure not in CLIENT:
            shown.setdefault(what_of(section), section)
    return list(shown.values())
