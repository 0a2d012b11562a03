"""The page is whole, says all that was measured, and asks nobody for anything."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.load.chapters import CHAPTERS
from tests.load.charts import HEIGHT, LETTERS, apart
from tests.load.report import page, write_report
from tests.load.results import Results
from tests.load.sample import sample_results
from tests.load.statistics import said, summary


@pytest.fixture(scope="module")
def results() -> Results:
    return sample_results(without=("bun",))


@pytest.fixture(scope="module")
def html(results: Results) -> str:
    return page(results)


@pytest.fixture(scope="module")
def drawings(html: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]  # noqa: S314 - our own


def test_the_page_is_well_formed(html: str) -> None:
    body = re.search(r"<main>.*</main>", html, re.DOTALL)
    assert body
    ET.fromstring(body[0])  # noqa: S314 - our own


def test_the_page_asks_for_nothing(html: str) -> None:
    assert not re.search(r"https?:|src=|href=|url\(|@import|<script|<link", html)


def test_every_figure_is_on_the_page(results: Results, html: str) -> None:
    assert [figure.key for figure in results.figures if said(summary(figure).value) not in html] == []


def test_every_chapter_says_what_was_measured(results: Results, html: str) -> None:
    assert {figure.scenario for figure in results.figures} == CHAPTERS.keys()
    assert [told.heading for told in CHAPTERS.values() if f"<h2>{told.heading}</h2>" not in html] == []


def test_every_chart_is_told_as_text_and_has_its_table(html: str, drawings: list[ET.Element]) -> None:
    assert len(drawings) == html.count("<figure>") > len(CHAPTERS)
    for drawing in drawings:
        assert drawing.get("role") == "img"
        assert drawing.get("aria-label") == drawing.findtext("title")
        assert "axis" in (drawing.findtext("desc") or "")
    assert html.count('<div class="pair">') == len(re.findall(r'</svg></div><div class="wide"><table>', html))


def test_nothing_is_drawn_outside_its_chart(drawings: list[ET.Element]) -> None:
    for drawing in drawings:
        _, _, width, height = (float(number) for number in (drawing.get("viewBox") or "").split())
        for shape in drawing.iter():
            numbers = {name: float(shape.get(name, "0")) for name in ("x", "x1", "x2", "cx", "width")}
            assert max(numbers.values()) <= width + 0.1
            assert max(float(shape.get(name, "0")) for name in ("y", "y1", "y2", "cy")) <= height + 0.1


def test_samples_of_the_same_kind_are_drawn_once(html: str) -> None:
    assert html.count("<figcaption>from post to the last, ms</figcaption>") == 1


def test_what_is_missing_is_said_with_its_reason(html: str) -> None:
    assert "Not measured: bun: bun is not installed" in html
    assert "14 of 14 targets reached, 2 not measured." in html


def test_a_target_that_was_missed_shows(results: Results) -> None:
    missed = sample_results()
    figure = missed.find("memory", "tertulia", "5,000 sockets", "memory per socket")
    assert figure
    figure.values = [40.0, 40.0, 40.0]
    assert "NOT: 25 % above" in page(missed)
    assert 'class="verdict broken"' in page(missed)
    assert 'class="verdict kept"' in page(results)


def test_what_it_is_given_is_escaped() -> None:
    results = sample_results()
    results.notes = ["<b>bold</b>"]
    results.missing = {"<i>": "a & b"}
    assert "<b>bold" not in page(results)
    assert "&lt;i&gt;: a &amp; b" in page(results)


def test_names_of_curves_do_not_cover_each_other() -> None:
    placed = apart([100.0, 101.0, 99.0, 20.0, HEIGHT - 30.0, HEIGHT - 30.0])
    heights = sorted(placed)
    assert all(after - before >= LETTERS for before, after in pairwise(heights))
    assert placed[2] < placed[0] < placed[1]


def test_the_report_is_a_file(results: Results, tmp_path: Path) -> None:
    write_report(tmp_path / "bench" / "report.html", results)
    assert (tmp_path / "bench" / "report.html").read_text(encoding="utf-8") == page(results)
