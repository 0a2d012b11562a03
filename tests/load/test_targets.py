"""A run is held against what must be reached, and says by how much it was not."""

import pytest

from tests.load.results import Results
from tests.load.sample import sample_results
from tests.load.targets import CPU, LEAST, SIZES, TARGETS, Target, tally, verdict, verdicts


def run_with(*figures: tuple[str, str, float], scenario: str = "fan-out", measure: str = CPU) -> Results:
    results = Results()
    for system, variant, value in figures:
        results.add(scenario, system, variant, measure, "µs", value)
    return results


def test_every_target_can_be_measured() -> None:
    found = verdicts(sample_results())
    assert [one.target for one in found] == list(TARGETS)
    assert [one.target.name for one in found if one.reached is None] == []
    assert tally(found) == f"{len(TARGETS)} of {len(TARGETS)} targets reached."


def test_a_bound_on_a_figure_itself() -> None:
    target = Target("fan-out", "500 sockets", CPU, "≤", 18)
    good = verdict(run_with(("tertulia", "500 sockets", 18.0)), target)
    bad = verdict(run_with(("tertulia", "500 sockets", 20.16)), target)
    assert (good.measured, good.must, good.reached, good.said) == ("18.0 µs", "≤ 18 µs", True, "reached")
    assert (bad.reached, bad.said) == (False, "NOT: 12 % above")


def test_a_bound_in_proportion_to_another_system() -> None:
    target = Target("fan-out", "500 sockets", CPU, "≤", 0.8, "socket.io")
    results = run_with(("tertulia", "500 sockets", 15.0), ("socket.io", "500 sockets", 20.0))
    assert (verdict(results, target).measured, verdict(results, target).reached) == ("0.75x", True)
    results.find("fan-out", "tertulia", "500 sockets", CPU).values = [45.0]  # type: ignore[union-attr]
    assert verdict(results, target).said == "NOT: 2.81x the bound"


def test_at_least_so_many_times_another_variant() -> None:
    target = Target("fan-out", "many", CPU, "≥", 4, against="many, each")
    found = verdict(run_with(("tertulia", "many", 300.0), ("tertulia", "many, each", 100.0)), target)
    assert (found.must, found.measured, found.said) == ("≥ 4x each", "3.00x", "NOT: 25 % below")


def test_flat_is_the_greatest_to_the_least() -> None:
    target = Target("fan-out", "sizes", CPU, "≤", 1.3, flat=SIZES)
    values = zip(SIZES, (20.0, 16.0, 17.0, 22.0), strict=True)
    found = verdict(run_with(*(("tertulia", size, value) for size, value in values)), target)
    assert (found.measured, found.must, found.said) == ("1.38x", "flat within 1.3x", "NOT: 5.8 % above")


def test_in_proportion_to_the_least_that_was_tried() -> None:
    target = Target("fan-out", "as configured", CPU, "≤", 1.05, against=LEAST)
    results = run_with(("tertulia", "as configured", 11.0), ("tertulia", "other", 10.0), ("ws", "other", 1.0))
    assert (verdict(results, target).measured, verdict(results, target).reached) == ("1.10x", False)


def test_what_was_not_measured_says_why() -> None:
    results = sample_results(without=("bun",))
    missing = [found for found in verdicts(results) if found.reached is None]
    assert {found.target.system for found in missing} == {"bun"}
    assert {found.why for found in missing} == {"bun is not installed"}
    assert tally(verdicts(results)).endswith(", 2 not measured.")


@pytest.mark.parametrize(("ours", "other"), [(0.0, 8.0), (-3.0, 8.0), (8.0, 0.0), (8.0, -3.0)])
def test_a_figure_that_cannot_be_reaches_nothing(ours: float, other: float) -> None:
    target = Target("fan-out", "500 sockets", CPU, "≤", 1.3, "bun")
    found = verdict(run_with(("tertulia", "500 sockets", ours), ("bun", "500 sockets", other)), target)
    assert (found.reached, found.said) == (None, "not measured")


def test_scenarios_that_were_not_asked_for_are_not_missed() -> None:
    assert {found.target.scenario for found in verdicts(run_with(("tertulia", "500 sockets", 18.0)))} == {"fan-out"}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.scenario} {target.name} {target.other}")
def test_a_target_names_a_figure_that_the_bench_has(target: Target) -> None:
    assert target.measure in {figure.measure for figure in sample_results().figures}
