"""Which faults are chosen, and that the same seed chooses the same."""

import random

import pytest

from tests.chaos.fault import AtOnce, Fault
from tests.chaos.plan import at_random, chosen

FAULTS = [
    Fault("kill ws", print, part="ws"),
    Fault("kill redis", print, part="redis"),
    Fault("pause ws", print, part="ws"),
    Fault("deploy", print, part="deploy"),
]


def names(faults: list[Fault] | list[Fault | AtOnce]) -> list[str]:
    return [fault.name for fault in faults]


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ("*", ["kill ws", "kill redis", "pause ws", "deploy"]),
        ("kill *", ["kill ws", "kill redis"]),
        ("pause ws, kill redis", ["pause ws", "kill redis"]),
        ("* ws", ["kill ws", "pause ws"]),
    ],
)
def test_faults_are_chosen_by_name(patterns: str, found: list[str]) -> None:
    assert names(chosen(FAULTS, patterns)) == found


def test_a_pattern_that_fits_none_is_refused_with_what_there_is() -> None:
    with pytest.raises(ValueError, match="no fault is called 'kil ws'; there are: kill ws"):
        chosen(FAULTS, "kill redis,kil ws")


def seeded(seed: int, number: int = 200) -> list[Fault | AtOnce]:
    return at_random(FAULTS, number, random.Random(seed))  # noqa: S311 - that is what it is for


def test_the_same_seed_chooses_the_same() -> None:
    assert names(seeded(1)) == names(seeded(1))
    assert names(seeded(1)) != names(seeded(2))


def test_two_at_once_harm_two_parts_and_none_is_a_deploy() -> None:
    found = seeded(1)
    assert len(found) == 200
    pairs = [fault for fault in found if isinstance(fault, AtOnce)]
    assert 0 < len(pairs) < len(found)
    assert all(pair.faults[0].part != pair.faults[1].part for pair in pairs)
    assert not any("deploy" in fault.name for fault in found)
