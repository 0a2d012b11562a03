"""Percentiles are taken of raw samples; numbers say no more than was measured."""

import pytest

from tests.load.results import Figure
from tests.load.statistics import percentile, range_said, ratio_said, said, spread, summary


def test_a_percentile_is_a_sample() -> None:
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, rank) for rank in (0, 1, 50, 99, 99.9, 100)] == [1, 1, 50, 99, 100, 100]
    assert percentile([7.0], 99) == 7.0


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_a_percentile_of_several_repetitions_is_that_of_all_samples_together() -> None:
    slow, fast = [100.0] * 2 + [1.0] * 98, [1.0] * 300
    figure = Figure("latency", "ws", "", "p99 from post to the last", "ms", [100.0, 1.0], [slow, fast])
    # The mean of the two percentiles would be 50.5. Of all 400 samples one in two hundred is slow.
    assert summary(figure).value == 1.0
    assert (summary(figure).low, summary(figure).high) == (1.0, 100.0)


def test_what_is_no_percentile_is_the_median_of_the_repetitions() -> None:
    found = summary(Figure("fan-out", "ws", "", "ws CPU per delivery", "µs", [9.0, 30.0, 10.0]))
    assert (found.value, found.low, found.high, found.repetitions) == (10.0, 9.0, 30.0, 3)
    assert range_said(found) == "9.00-30.0"


def test_one_repetition_has_no_range() -> None:
    assert range_said(summary(Figure("fan-out", "ws", "", "ws CPU per delivery", "µs", [9.0]))) == ""


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0.00"),
        (0.0312, "0.031"),
        (1.234, "1.23"),
        (9.996, "10.0"),
        (23.44, "23.4"),
        (99.96, "100"),
        (5310.4, "5,310"),
    ],
)
def test_a_number_is_said_with_three_figures(number: float, text: str) -> None:
    assert said(number) == text


def test_a_small_ratio_says_how_many_times_smaller() -> None:
    assert [ratio_said(number) for number in (0.031, 0.61, 1.0, 2.4, 13.2)] == [
        "1/32x",
        "0.61x",
        "1.00x",
        "2.40x",
        "13x",
    ]


def test_a_spread_is_how_many_times_the_least_the_greatest_is() -> None:
    assert spread([10.0, 12.0, 11.0]) == pytest.approx(1.2)
