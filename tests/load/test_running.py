"""A run goes on where a step fails, says so, and ends with a word on it."""

import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import psycopg
import pytest

from tests.load.client_check import agree, agreement
from tests.load.crowd import Load, Lost, Receipts, remark
from tests.load.progress import Progress
from tests.load.results import Results
from tests.load.running import carry_out
from tests.load.scenarios import Bench, Step
from tests.load.scenarios.fan_out import Load as FanOutLoad
from tests.load.systems.process import DidNotStart


@dataclass
class Two:
    """A scenario of two steps, of which the first may fail."""

    fails: Callable[[], None] = lambda: None
    name: str = "two"
    about: str = "nothing"
    done: list[str] = field(default_factory=list)

    def steps(self, bench: Bench) -> list[Step]:
        return [Step("first", self._first), Step("second", lambda: self.done.append("second"))]

    def _first(self) -> None:
        self.fails()
        self.done.append("first")


def failing(trouble: Exception) -> Callable[[], None]:
    def fails() -> None:
        raise trouble

    return fails


def test_the_steps_of_a_repetition_are_all_done_before_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = Two(), Two()
    other.done = one.done
    assert carry_out(Bench([], Results()), [one, other], 2)
    assert one.done == ["first", "second", "first", "second"] * 2
    assert "8/8 second" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Lost("3 of 4 missing"), "3 of 4 missing"),
        (DidNotStart("bun did not start"), "bun did not start"),
        (BrokenPipeError(32, "Broken pipe"), "BrokenPipeError: [Errno 32] Broken pipe"),
        (TimeoutError("no reload"), "TimeoutError: no reload"),
        (msgspec.DecodeError("truncated"), "DecodeError: truncated"),
        (psycopg.OperationalError("gone"), "OperationalError: gone"),
        (subprocess.CalledProcessError(1, "npm"), "CalledProcessError: Command 'npm' returned non-zero exit status 1."),
    ],
)
def test_a_step_that_fails_is_noted_and_the_others_are_done(
    trouble: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench, scenario = Bench([], Results()), Two(failing(trouble))
    assert not carry_out(bench, [scenario], 1)
    assert scenario.done == ["second"]
    assert bench.results.notes == [f"first: {said}"]
    assert f"first: {said}" in capsys.readouterr().out


def test_a_mistake_of_ours_ends_the_run() -> None:
    with pytest.raises(ZeroDivisionError):
        carry_out(Bench([], Results()), [Two(failing(ZeroDivisionError()))], 1)


def test_on_a_terminal_one_line_is_written_anew() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    progress = Progress(screen, 2)
    for label in ("first", "second"):
        progress.begin(label)
        progress.end()
    progress.finish()
    assert "\n" not in screen.getvalue()
    assert "1/2 first" in screen.getvalue()
    assert "2/2 second, nearly done" in screen.getvalue()


# --- the client ---


def receipts(*loads: Load) -> Receipts:
    nothing = [0] * 100
    return Receipts(nothing, nothing, nothing, nothing, nothing, loads=list(loads))


def test_a_client_with_time_to_spare_is_not_remarked_on() -> None:
    assert remark(receipts(Load(10.0, 7.9, 1000, 1), Load(10.0, 0.0, 1000, 1))) == ""


def test_a_client_that_was_too_busy_is() -> None:
    said = remark(receipts(Load(10.0, 1.0, 1000, 0), Load(10.0, 8.1, 1000, 3)))
    assert said == (
        "a process of the client took more than 80% of a core; more than 2% of the posts were sent over 5 ms late"
    )


def test_one_process_of_the_client_is_held_against_two() -> None:
    one, two = Results(), Results()
    one.add("fan-out", "bun", "500 sockets", "ws CPU per delivery", "µs", 8.0)
    one.add("fan-out", "ws", "500 sockets", "ws CPU per delivery", "µs", 8.0)
    two.add("fan-out", "bun", "500 sockets", "ws CPU per delivery", "µs", 12.0)
    heading, *rows = agreement(one, two).splitlines()
    assert heading.split() == ["1", "process", "2", "ratio"]
    [row] = rows
    assert row.startswith("bun, fan-out: ws CPU per delivery, µs ")
    assert row.endswith(f"{'8.00':>10}{'12.0':>10}{'1.50x':>10}  do not agree")
    assert not agree(one, two)


@pytest.mark.parametrize(
    ("measure", "second", "agrees"),
    [
        ("ws CPU per delivery", 10.0, True),
        ("ws CPU per delivery", 6.0, False),
        ("busiest client process", 4.0, True),
        ("p99 from post to the last", 4.0, True),
    ],
)
def test_what_differs_by_little_or_is_the_client_s_own_agrees(measure: str, second: float, *, agrees: bool) -> None:
    one, two = Results(), Results()
    one.add("fan-out", "bun", "500 sockets", measure, "", 8.0)
    assert not agree(one, two), "nothing to compare"
    two.add("fan-out", "bun", "500 sockets", measure, "", second)
    assert agree(one, two) == agrees
    assert ("do not agree" in agreement(one, two)) != agrees


# --- loads ---


def test_a_load_is_slowed_down_to_what_a_system_bears() -> None:
    load = FanOutLoad(500, gap=0.025, seconds=6)
    assert load.at_most(0) == load
    assert load.at_most(20_000) == load
    assert load.at_most(1000).gap == 0.5
    assert (load.posts, load.at_most(1000).posts) == (240, 12)


def test_posters_are_so_many_that_none_posts_too_often() -> None:
    assert FanOutLoad(500, gap=0.025).posters == 4
    assert FanOutLoad(500, gap=0.5).posters == 1
    assert FanOutLoad(1000, 100, gap=0.025).posters == 1
