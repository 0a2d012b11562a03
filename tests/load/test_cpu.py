"""CPU is that of a process, of all that come from it, and of those of them that have ended."""

import os
import time

import pytest

from tests.load.cpu import TICKS, Meter, Times, precise, processes, times_of, used

STAT = "812 (a (bad) name) S {parent} 812 812 0 -1 4194304 1 2 3 4 {user} {system} {c_user} {c_system} 20 0 4 0 1 2 3"


def test_a_line_of_proc_is_read_whatever_the_process_calls_itself() -> None:
    line = STAT.format(parent=7, user=TICKS, system=2 * TICKS, c_user=3 * TICKS, c_system=4 * TICKS)
    assert times_of(line) == Times(7, 3.0, 7.0)


def test_children_count_and_those_that_have_ended_too() -> None:
    gone = 2**22 + 1  # more than there are pids: what /proc says is taken, there is no clock of it
    table = {
        gone: Times(1, 1.0, 0.5),
        gone + 1: Times(gone, 2.0, 0.0),
        gone + 2: Times(gone + 1, 4.0, 8.0),
        gone + 3: Times(1, 100.0, 100.0),
    }
    assert used(gone, table) == 15.5


def test_a_process_that_is_not_there_has_used_nothing() -> None:
    assert used(2**22 + 1, {}) == 0.0


def test_the_clock_of_a_process_agrees_with_what_proc_says() -> None:
    times = processes()[os.getpid()]
    assert times.own - 2 / TICKS <= precise(os.getpid(), times)
    assert precise(os.getpid(), times) == pytest.approx(time.process_time(), abs=times.own / 2 + 1)


def test_what_a_meter_reads_lies_between_entering_and_leaving() -> None:
    def burn(seconds: float) -> None:
        enough = time.process_time() + seconds
        while time.process_time() < enough:
            pass

    burn(0.02)
    with Meter({"us": [os.getpid()], "nobody": []}) as meter:
        before = time.process_time()
        burn(0.02)
        spent = time.process_time() - before
    assert meter.seconds("us") >= spent
    assert meter.seconds("nobody") == 0.0
    assert meter.seconds("no such role") == 0.0
    assert meter.wall > 0
