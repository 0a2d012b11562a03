"""Two runs differ where no repetition of the one lies within the range of the other."""

import pytest

from tests.load.compare import comparison
from tests.load.results import Results
from tests.load.sample import sample_results
from tests.load.table import WIDTH


def run_of(*values: float, unit: str = "µs", machine: str = "two cores") -> Results:
    results = Results(machine={"machine": machine})
    for value in values:
        results.add("fan-out", "tertulia", "500 sockets", "some figure", unit, value)
    return results


def test_a_difference_beyond_the_spread_is_marked_and_listed() -> None:
    text = comparison(run_of(12.0, 12.5, 13.0), run_of(10.0, 10.5, 11.0))
    assert "1.19x*" in text
    assert "* some figure, tertulia, 500 sockets: 10.5 (10.0-11.0) then, 12.5 (12.0-13.0) now, µs: WORSE" in text
    assert "1 differ by more than their spread" in text


def test_a_difference_within_the_spread_is_not() -> None:
    text = comparison(run_of(12.0, 12.5, 10.9), run_of(10.0, 10.5, 11.0))
    assert "1.14x" in text
    assert "1.14x*" not in text
    assert "Of 1 figures 0 differ" in text


def test_more_a_second_is_better() -> None:
    assert "/s: better" in comparison(run_of(12, 13, 14, unit="/s"), run_of(8, 9, 10, unit="/s"))
    assert "/s: WORSE" in comparison(run_of(8, 9, 10, unit="/s"), run_of(12, 13, 14, unit="/s"))


def test_what_was_measured_once_has_no_spread() -> None:
    assert comparison(run_of(20.0), run_of(10.0, 11.0)).endswith("there is no spread to exceed.")


def test_another_machine_is_said_first() -> None:
    text = comparison(run_of(1, 1, 1, machine="four cores"), run_of(1, 1, 1))
    assert text.startswith("Another machine: two cores then, four cores now.")


def test_figures_of_one_run_only_are_counted() -> None:
    text = comparison(sample_results(), sample_results(without=("bun",)))
    number = sum(figure.system == "bun" for figure in sample_results().figures)
    assert f"{number} figures are in one of the two runs only." in text


def test_it_fits_the_screen() -> None:
    assert max(map(len, comparison(sample_results(), sample_results(seed=3)).splitlines())) <= WIDTH


@pytest.mark.parametrize("repetitions", [2, 3])
def test_what_chance_alone_makes_of_it_is_said(repetitions: int) -> None:
    chance = {2: 2 / 6, 3: 2 / 20}[repetitions]
    values = [1.0, 2.0, 3.0][:repetitions]
    now, then = Results(), Results()
    for at in range(30):
        for value in values:
            now.add("fan-out", f"system {at}", "", "some figure", "µs", value)
            then.add("fan-out", f"system {at}", "", "some figure", "µs", value)
    assert f"chance alone makes about {30 * chance:.0f}" in " ".join(comparison(now, then).split())
