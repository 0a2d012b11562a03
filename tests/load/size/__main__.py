"""Measures this machine for a minute with one ws worker of Tertulia: how many people in how many rooms it holds here,
and what to add first beyond that."""

import argparse
import signal
import sys
from collections.abc import Callable

from tests.load import machine
from tests.load.options import positive
from tests.load.progress import Progress
from tests.load.results import Results
from tests.load.running import TROUBLES, said_of
from tests.load.scenarios import Bench
from tests.load.size.capacity import Habits
from tests.load.size.measuring import STEPS, costs
from tests.load.size.stack import stack_here
from tests.load.size.words import answer
from tests.load.systems.nginx import nginx_missing
from tests.load.systems.servers import servers
from tests.load.systems.tertulia import Tertulia


def main() -> None:
    habits, stack = asked_for(), stack_here()
    machine.take_all_files()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was started is stopped
    progress = Progress(sys.stdout, STEPS)
    try:
        with servers() as running:
            tertulia = Tertulia(running)
            bench = Bench([tertulia], Results(), tick=progress.tick)
            begin = one_after_the_other(progress)
            found = costs(bench, tertulia, begin, room=habits.room, nginx=nginx_missing() is None)
    except TROUBLES as trouble:
        progress.finish()
        sys.exit(f"run: nothing was measured: {said_of(trouble)}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    progress.write(f"\n{answer(found, stack, habits)}\n")


def one_after_the_other(progress: Progress) -> Callable[[str], None]:
    """Begin a step, which ends the one before."""
    labels: list[str] = []

    def begin(label: str) -> None:
        if labels:
            progress.end()
        labels.append(label)
        progress.begin(label)

    return begin


def asked_for() -> Habits:
    parser = argparse.ArgumentParser(prog="./run size", description=__doc__)
    parser.add_argument("--room", type=positive, default=50, help="people in a room (default: %(default)s)")
    parser.add_argument("--minutes", type=positive, default=5, help="between two messages of one of them (%(default)s)")
    given = parser.parse_args()
    return Habits(given.room, given.minutes)


if __name__ == "__main__":
    main()
