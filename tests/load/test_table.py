"""What is printed at the end fits the screen, and leaves nothing out."""

import re

import pytest

from tests.load.results import Results
from tests.load.sample import sample_results
from tests.load.statistics import said, summary
from tests.load.table import WIDTH, markdown, table


@pytest.fixture(scope="module")
def results() -> Results:
    return sample_results(without=("bun",))


def test_the_table_fits_a_hundred_columns(results: Results) -> None:
    assert max(map(len, table(results).splitlines())) <= WIDTH
    assert max(map(len, table(sample_results()).splitlines())) <= WIDTH


@pytest.mark.parametrize("rendered", [table, markdown])
def test_every_figure_is_there(results: Results, rendered: object) -> None:
    text = rendered(results)  # type: ignore[operator]
    assert [figure.key for figure in results.figures if said(summary(figure).value) not in text] == []


def test_a_row_has_medians_ratios_and_ranges(results: Results) -> None:
    lines = table(results).splitlines()
    at = lines.index("fan-out: ws CPU per delivery, µs")
    assert re.fullmatch(
        r"  500 sockets +14\.\d +5\d\d 1/3\dx +4\d\d 1/3\dx +2\d\.\d 0\.6\dx +2\d\.\d 0\.6\dx", lines[at + 1]
    )
    assert len(re.findall(r"[\d.]+-[\d.]+", lines[at + 2])) == 5


def test_what_is_missing_and_what_is_noted_is_said(results: Results) -> None:
    for text in (table(results), markdown(results)):
        assert "Not measured: bun: bun is not installed" in text
        assert "workers: the client was up to 6 ms late (tertulia, 4 workers)" in text


def test_the_targets_close_the_table(results: Results) -> None:
    lines = table(results).splitlines()
    assert lines[-1] == "14 of 14 targets reached, 2 not measured."
    assert sum(line.endswith(" reached") for line in lines) == 14


def test_markdown_has_as_many_cells_in_every_row(results: Results) -> None:
    tables = [block for block in markdown(results).split("\n\n") if block.startswith("|")]
    assert [len({line.count(" | ") for line in block.splitlines()}) for block in tables] == [1, 1]


def test_a_single_repetition_has_no_ranges(results: Results) -> None:
    once = Results(began=results.began)
    once.add("memory", "tertulia", "5,000 sockets", "memory per socket", "KiB", 29.0)
    assert re.search(r"^  5,000 sockets +29\.0$", table(once), re.MULTILINE)
    assert "29.0-29.0" not in table(once)
