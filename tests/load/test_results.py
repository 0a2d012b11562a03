"""What is written into a file is what comes out of it."""

from pathlib import Path

import pytest

from tests.load.results import Results, packed, unpacked
from tests.load.sample import sample_results


def test_results_come_back_from_their_file(tmp_path: Path) -> None:
    results = sample_results(without=("bun",))
    results.save(tmp_path / "bench" / "results.json")
    found = Results.load(tmp_path / "bench" / "results.json")
    assert [figure.key for figure in found.figures] == [figure.key for figure in results.figures]
    assert [figure.values for figure in found.figures] == [figure.values for figure in results.figures]
    assert (found.machine, found.missing, found.notes) == (results.machine, results.missing, results.notes)


def test_samples_come_back_sorted_and_to_the_microsecond() -> None:
    assert unpacked(packed([3.0, 0.0014, 12.5, 3.0])) == [0.001, 3.0, 3.0, 12.5]
    assert unpacked(packed([])) == []


def test_many_samples_take_less_than_two_bytes_each() -> None:
    assert len(packed([8.0 + number % 997 / 1000 for number in range(20_000)])) < 40_000


def test_a_file_that_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"figures": [{"samples": []}]}')
    with pytest.raises(ValueError, match="scenario"):
        Results.load(tmp_path / "other.json")


def test_a_figure_gets_a_value_for_each_repetition() -> None:
    results = Results()
    for value in (3.0, 1.0, 2.0):
        figure = results.add("fan-out", "ws", "500 sockets", "ws CPU per delivery", "µs", value, note="busy")
    assert results.figures == [figure]
    assert (figure.values, figure.samples, figure.note) == ([3.0, 1.0, 2.0], [], "busy")


def test_a_figure_keeps_its_unit() -> None:
    results = Results()
    results.add("memory", "ws", "", "memory per socket", "KiB", 8.0)
    with pytest.raises(ValueError, match="KiB"):
        results.add("memory", "ws", "", "memory per socket", "µs", 8.0)
