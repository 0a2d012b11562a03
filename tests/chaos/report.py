"""A run as one HTML page that asks for nothing else."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from tests.chaos.scenario import Run
from tests.chaos.table import HEADINGS, MEANINGS, cells, notes, total_cells
from tests.chaos.timeline import timeline

CAPTION = "Dark bands: a fault, from the blow to when it was taken back. Pale: until all were back."
STYLE = Path(__file__).with_name("report.css")


def write_report(path: Path, run: Run, *, facts: Mapping[str, str], conclusions: Sequence[str], kept: bool) -> None:
    """`facts`: what was run, where, and with which seed. `conclusions`: what it comes to, the first in one sentence."""
    path.write_text(page(run, facts, conclusions, kept=kept), encoding="utf-8")


def page(run: Run, facts: Mapping[str, str], conclusions: Sequence[str], *, kept: bool) -> str:
    verdict, *more = conclusions
    parts = [
        f'<p class="verdict {"kept" if kept else "broken"}">{escape(verdict)}</p>',
        *(f"<pre>{escape(text)}</pre>" if "\n" in text else f"<p>{escape(text)}</p>" for text in more),
        f"<figure>{timeline(run)}<figcaption>{CAPTION}</figcaption></figure>",
        table_of(run),
        "<h2>Columns</h2>",
        definitions(MEANINGS),
        "<h2>Besides</h2>",
        f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in notes(run))}</ul>",
        "<h2>The run</h2>",
        definitions(facts),
    ]
    return document("Tertulia: what was lost", STYLE.read_text(), parts)


def document(title: str, style: str, parts: Sequence[str]) -> str:
    """A page that needs no other file."""
    opening = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>',
        f"<style>{style}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
    ]
    return "\n".join([*opening, *parts, "</main></body></html>"])


def table_of(run: Run) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in HEADINGS)
    rows = [(cells(row), "" if row.kept else ' class="broken"') for row in run.rows]
    body = "\n".join(f"<tr{mark}>{tds(row)}</tr>" for row, mark in rows)
    foot = f"<tfoot><tr>{tds(total_cells(run))}</tr></tfoot>"
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>'


def tds(row: Sequence[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in row)


def definitions(of: Mapping[str, str]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in of.items())}</dl>"
