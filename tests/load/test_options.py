"""The command line of the bench."""

from pathlib import Path

import pytest

from tests.load.names import SYSTEMS
from tests.load.options import FOLDER, Options, chosen, options_of

SCENARIOS = {"fan-out": "CPU", "room size": "CPU", "rooms": "CPU"}


def options(*words: str) -> Options:
    return options_of(words, scenarios=SCENARIOS, systems=SYSTEMS)


def test_by_itself_everything_is_measured_three_times() -> None:
    found = options()
    assert (found.only, found.systems, found.repeat, found.quick) == ([], [], 3, False)
    assert (found.compare, found.client_check, found.folder) == (None, False, FOLDER)
    assert (found.show, found.markdown) == (None, False)


def test_a_quick_look_is_one_repetition_unless_more_are_asked_for() -> None:
    assert options("--quick").repeat == 1
    assert options("--quick", "--repeat", "2").repeat == 2


def test_scenarios_and_systems_are_chosen_by_name() -> None:
    found = options("--only", "rooms,fan-out", "--systems", "bun, tertulia")
    assert found.only == ["fan-out", "rooms"]
    assert found.systems == ["tertulia", "bun"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", []),
        ("tutorial", ["tutorial, core layer", "tutorial, pub/sub layer"]),
        ("tutorial core", ["tutorial, core layer"]),
        ("tutorial pub sub layer", ["tutorial, pub/sub layer"]),
        ("ws", ["ws"]),
        ("socket", ["socket.io"]),
    ],
)
def test_the_beginning_of_a_name_will_do(words: str, meant: list[str]) -> None:
    assert chosen(words, SYSTEMS) == meant


def test_room_size_may_be_typed_with_a_hyphen() -> None:
    assert options("--only", "room-size").only == ["room size"]


def test_what_is_a_name_does_not_mean_those_that_begin_with_it() -> None:
    assert chosen("room", ["room", "rooms"]) == ["room"]


@pytest.mark.parametrize(
    "words",
    [
        ("--only", "fan-in"),
        ("--systems", "bun,,"),
        ("--systems", "apache"),
        ("--repeat", "0"),
        ("--repeat", "often"),
        ("--compare", "no/such/results.json"),
        ("--show", "no/such/results.json"),
        ("what",),
    ],
)
def test_wrong_words_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        options(*words)
    assert refused.value.code == 2
    assert "usage: ./run bench" in capsys.readouterr().err


def test_the_help_names_scenarios_and_systems(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as told:
        options("--help")
    assert told.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in (*SCENARIOS, *SYSTEMS))


def test_an_earlier_run_must_be_there(tmp_path: Path) -> None:
    earlier = tmp_path / "results.json"
    earlier.write_text("{}")
    assert options("--compare", str(earlier)).compare == earlier
