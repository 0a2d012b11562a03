"""Measures Tertulia beside its peers: `./run bench --help`.

exit codes:
  0  measured
  1  something could not be measured, or lost what was posted
  2  wrong arguments
"""

import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from tests.load import machine
from tests.load.client_check import check_client
from tests.load.compare import comparison
from tests.load.options import Options, options_of
from tests.load.report import write_report
from tests.load.results import Results
from tests.load.running import carry_out
from tests.load.scenarios import Bench, Scenario
from tests.load.scenarios.registry import all_scenarios
from tests.load.systems import System
from tests.load.systems.registry import NAMES, all_systems, systems_beside
from tests.load.systems.servers import servers
from tests.load.table import markdown, table
from tests.servers.process import say

MEASURED, NOT_ALL = 0, 1
INTERRUPTED = 128 + signal.SIGINT


def main(words: Sequence[str]) -> int:
    scenarios = all_scenarios()
    options = options_of(words, scenarios={one.name: one.about for one in scenarios}, systems=NAMES)
    if options.show:
        tell(options, Results.load(options.show))
        return MEASURED
    # As Ctrl-C: what was started is stopped.
    signal.signal(signal.SIGTERM, partial(signal.default_int_handler))
    machine.take_all_files()
    chosen = [one for one in scenarios if not options.only or one.name in options.only]
    with ExitStack() as stack:
        try:
            place = stack.enter_context(servers())
            if options.client_check:
                return check_client(options, all_systems(place))
            return bench(options, chosen, all_systems(place), systems_beside(place))
        except KeyboardInterrupt:
            say("interrupted")
            return INTERRUPTED


def bench(options: Options, scenarios: Sequence[Scenario], systems: Sequence[System], beside: Sequence[System]) -> int:
    results = Results(machine=machine.described(), began=datetime.now(UTC).isoformat(timespec="seconds"))
    there = those_there([one for one in systems if not options.systems or one.name in options.systems], results)
    for system in there:
        results.versions |= system.versions()
    run = Bench(there, results, beside=beside, quick=options.quick, by_name=bool(options.systems))
    began = time.monotonic()
    try:
        whole = carry_out(run, scenarios, options.repeat)
    finally:
        results.seconds = time.monotonic() - began
        if results.figures:
            results.save(options.folder / "results.json")
            tell(options, results)
    return MEASURED if whole else NOT_ALL


def those_there(systems: Sequence[System], results: Results) -> list[System]:
    """Those that can be measured here; why the others cannot is noted and said."""
    there = []
    for system in systems:
        if reason := system.missing():
            results.missing[system.name] = reason
            say(f"{system.name} is left out: {reason}")
        else:
            there.append(system)
    return there


def tell(options: Options, results: Results) -> None:
    report = options.folder / "report.html"
    write_report(report, results)
    say(f"\n{markdown(results) if options.markdown else table(results)}\n")
    if options.compare:
        say(f"{comparison(results, Results.load(options.compare))}\n")
    say(f"{report}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
