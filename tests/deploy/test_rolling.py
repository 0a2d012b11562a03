"""`deploy/rolling.sh` can be interrupted wherever it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "rolling.sh"


def commands(script: str) -> Iterator[str]:
    """Its lines, with those that go on in the next one."""
    yield from script.replace("\\\n", " ").splitlines()


def substitutions(command: str) -> int:
    """How many `$(…)` a command holds, those that stand in another one, and sums, aside."""
    found = depth = 0
    quoted = False
    for place, character in enumerate(command):
        if character == "'" and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif command.startswith("$(", place):
            found += not depth and not command.startswith("$((", place)
            depth += 1
        elif character == "(" and depth and command[place - 1] != "$":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
    return found


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("one", 0),
        ("echo $(one)", 1),
        ('echo "$(one "$(two)")"', 1),
        ('[[ $(one) == "$(two)" ]]', 2),
        ('one "$(two)" "$(three $((1 + (2))))"', 2),
        ("echo '$(one)' $((1 + 2)) $(three)", 1),
    ],
)
def test_substitutions_are_counted(command: str, number: int) -> None:
    assert substitutions(command) == number


def test_a_trap_never_finds_bash_between_two_substitutions_of_a_command() -> None:
    """There bash 5.2 says "unexpected EOF while looking for matching `)'", and ends the deploy with 2 and no word."""
    assert [command for command in commands(SCRIPT.read_text()) if substitutions(command) > 1] == []
