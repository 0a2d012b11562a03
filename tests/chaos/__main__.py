"""Kills, restarts, pauses and disconnects every part while a crowd talks, and shows that nothing was lost.

It brings up a Compose project of its own ("tertulia-chaos": own port, own volumes, own images, from this checkout as it
stands), with nginx's bounds on one address raised, and takes it down in the end, also on Ctrl-C. A stack that is in use
is never touched. All traffic stays on this machine.

scenarios:
  faults   (the default) each kind of fault on each service in turn, Redis wiped, ./run deploy; then faults at random
  deploy   ./run deploy alone; besides, nobody may be away for longer than DRAIN_SECONDS and 5 s more
  jitter   no fault of the server: every client's TCP connection is cut for 2 s every 15 s

faults, for --faults:
  kill, restart, pause (10 s) or disconnect (10 s) followed by ws, web, redis, db or nginx; "wipe redis"; deploy

exit codes:
  0  kept: nothing lost, doubled or out of order of what was acknowledged, and everybody back within 60 s of each fault
  1  broken
  2  wrong arguments
  3  it could not be tried: no container engine, or the stack did not come up
"""

import argparse
import asyncio
import random
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.crowd import Crowd
from tests.chaos.facts import machine, versions
from tests.chaos.fault import AtOnce, Fault
from tests.chaos.harm import Harm
from tests.chaos.jitter import comparison, delivered_percent, jitter
from tests.chaos.ledger import Ledger
from tests.chaos.plan import all_faults, at_random, chosen
from tests.chaos.project import AlreadyRunning, Project, running_project
from tests.chaos.report import write_report
from tests.chaos.scenario import Row, Run
from tests.chaos.screen import Screen
from tests.chaos.table import MEANINGS, notes, sentence, table
from tests.stack.engine import missing

KEPT, BROKEN, WRONG_ARGUMENTS, NOT_TRIED = 0, 1, 2, 3

# Of what a command said that failed, the last characters.
ENOUGH = 3000

# docker-compose.yml's default, and what the slowest may take beyond it.
DRAIN_SECONDS = 10.0
BEYOND_DRAIN = 5.0


def arguments_of(words: Sequence[str]) -> argparse.Namespace:
    meanings = "\n".join(f"  {name:<10} {meaning}" for name, meaning in MEANINGS.items())
    parser = argparse.ArgumentParser(
        prog="./run chaos",
        description=__doc__,
        epilog=f"columns:\n{meanings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", nargs="?", default="faults", choices=["faults", "deploy", "jitter"])
    parser.add_argument("--clients", type=positive, default=200, help="how many clients (200)")
    parser.add_argument("--rooms", type=positive, default=10, help="over how many rooms they are spread (10)")
    parser.add_argument("--rate", type=float, default=20.0, help="posts a second of all clients together (20)")
    parser.add_argument("--faults", default="*", metavar="PATTERNS", help='of the faults in turn: "kill *,wipe redis"')
    parser.add_argument("--random", type=int, metavar="N", help="faults at random afterwards (10; none with --faults)")
    parser.add_argument("--seed", type=int, help="of everything that is random; printed, so that it can be given again")
    parser.add_argument("--seconds", type=positive, default=120, help="how long jitter lasts (120)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write one HTML page with the timeline drawn")
    parser.add_argument("--keep", action="store_true", help="leave the stack running in the end")
    arguments = parser.parse_args(words)
    if not 0 < arguments.rate <= 1000 or arguments.clients < arguments.rooms:
        parser.error("the rate lies above 0 and up to 1000, and each room wants a client")
    if arguments.seed is None:
        arguments.seed = secrets.randbelow(1_000_000)
    if arguments.random is None:
        arguments.random = 10 if arguments.faults == "*" else 0
    return arguments


def positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def main(words: Sequence[str]) -> int:
    arguments = arguments_of(words)
    for ending in (signal.SIGINT, signal.SIGTERM):  # also where a shell started this in the background
        signal.signal(ending, signal.default_int_handler)
    screen = Screen()
    if reason := missing():
        screen.say(f"it cannot be tried: {reason}")
        return NOT_TRIED
    try:
        with running_project(screen.say, keep=arguments.keep) as project:
            try:
                faults = faults_of(arguments, Harm(project.stack))
            except ValueError as error:
                screen.say(str(error))
                return WRONG_ARGUMENTS
            run = asyncio.run(go(arguments, project, faults, screen))
    except (AlreadyRunning, AssertionError, TimeoutError, RuntimeError) as error:
        screen.say(f"it could not be tried: {str(error)[-ENOUGH:]}")
        return NOT_TRIED
    except KeyboardInterrupt:
        return 130
    return conclude(run, arguments, screen)


def faults_of(arguments: argparse.Namespace, harm: Harm) -> list[Fault | AtOnce]:
    """Raises ValueError."""
    if arguments.scenario == "jitter":
        return []
    if arguments.scenario == "deploy":
        return [harm.deploy()]
    every = all_faults(harm)
    rng = random.Random(arguments.seed)  # noqa: S311 - it is to be the same again, not secret
    return [*chosen(every, arguments.faults), *at_random(every, arguments.random, rng)]


async def go(arguments: argparse.Namespace, project: Project, faults: Sequence[Fault | AtOnce], screen: Screen) -> Run:
    screen.say(f"seed {arguments.seed}; making {arguments.clients} accounts in {arguments.rooms} rooms")
    accounts = await asyncio.to_thread(project.populate, arguments.clients, arguments.rooms)
    rng = random.Random(arguments.seed)  # noqa: S311 - it is to be the same again, not secret
    async with Crowd(accounts, project.site, Ledger(), rng) as crowd:
        run = Run(crowd, progress=screen.going_on, on_row=screen.row)
        screen.run, screen.steps = run, len(faults) + 3 + (arguments.scenario == "jitter")
        await run.begin(arguments.rate)
        await run.suffer(faults)
        if arguments.scenario == "jitter":
            await run.measure("jitter", jitter(crowd, arguments.seconds, rng))
        await run.finish()
    return run


def conclude(run: Run, arguments: argparse.Namespace, screen: Screen) -> int:
    """Print what came of it; the exit code."""
    words = [sentence(run), *further(run, arguments)]
    kept = run.kept and not any(word.startswith("BROKEN") for word in words)
    screen.write("\n".join(["", table(run), "", *notes(run), *words, ""]))
    if arguments.report:
        write_report(arguments.report, run, facts=facts_of(arguments), conclusions=words, kept=kept)
        screen.say(f"report: {arguments.report}")
    return KEPT if kept else BROKEN


def facts_of(arguments: argparse.Namespace) -> dict[str, str]:
    given = {"scenario": arguments.scenario, "seed": str(arguments.seed)}
    crowd = f"{arguments.clients} in {arguments.rooms} rooms, {arguments.rate:g} posts a second"
    return {"command": " ".join(["./run chaos", *sys.argv[1:]]), **given, "clients": crowd, **machine(), **versions()}


def further(run: Run, arguments: argparse.Namespace) -> list[str]:
    """What the scenario promises besides."""
    if arguments.scenario == "jitter":
        whole = delivered_percent(run.crowd.ledger)
        verdict = [] if whole == 100 else [f"BROKEN: {whole:.3f} % delivered"]
        return [comparison(run.crowd.ledger, arguments.clients), *verdict]
    if arguments.scenario == "deploy":
        return [deploy_sentence(row) for row in run.rows if row.name == "deploy"]
    return []


def deploy_sentence(row: Row) -> str:
    verdict = "Kept" if row.slowest <= DRAIN_SECONDS + BEYOND_DRAIN else "BROKEN"
    return (
        f"{verdict}: of {len(row.absences):,} who were told to leave, half were back after {row.within(0.5):.1f} s, "
        f"99 % after {row.within(0.99):.1f} s, the slowest after {row.slowest:.1f} s."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
