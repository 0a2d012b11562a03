"""Carries the scenarios out, so often as is asked for, and goes on where one of their steps fails."""

import subprocess
import sys
from collections.abc import Sequence

import msgspec
import psycopg

from tests.load.crowd import Lost
from tests.load.progress import Progress
from tests.load.scenarios import Bench, Scenario, Step
from tests.load.systems.process import DidNotStart

# What may end a step and no more: what was measured is worth nothing, or a process, a server or the machine gave way.
# TimeoutError and what a pipe or a socket says are OSErrors.
TROUBLES = (Lost, DidNotStart, OSError, EOFError, psycopg.Error, subprocess.SubprocessError, msgspec.MsgspecError)


def carry_out(bench: Bench, scenarios: Sequence[Scenario], repeat: int) -> bool:
    """True if every step was measured; what was not is said, and noted in the results.

    The systems take turns within each repetition, so that what happens on the machine meanwhile happens to all.
    """
    repetitions = [[step for scenario in scenarios for step in scenario.steps(bench)] for _ in range(repeat)]
    progress = Progress(sys.stdout, sum(map(len, repetitions)))
    bench.tick = progress.tick
    try:
        troubles = [trouble for steps in repetitions for step in steps if (trouble := carried_out(step, progress))]
    finally:
        progress.finish()
    bench.results.notes += troubles
    return not troubles


def carried_out(step: Step, progress: Progress) -> str:
    """Why a step was not measured, which is said at once; empty if it was."""
    progress.begin(step.label)
    trouble = trouble_of(step)
    if trouble:
        trouble = f"{step.label}: {trouble}"
        progress.say(trouble)
    progress.end()
    return trouble


def trouble_of(step: Step) -> str:
    try:
        step.run()
    except TROUBLES as trouble:
        return said_of(trouble)
    return ""


def said_of(trouble: Exception) -> str:
    """Ours say all themselves; of others the kind tells more than the words."""
    return str(trouble) if isinstance(trouble, Lost | DidNotStart) else f"{type(trouble).__name__}: {trouble}"
