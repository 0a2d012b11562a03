"""A short form of ./run chaos: each part harmed once, each in another way, while a crowd talks through nginx."""

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.crowd import Crowd
from tests.chaos.fault import Fault
from tests.chaos.harm import Harm, all_are_well
from tests.chaos.ledger import Ledger
from tests.chaos.project import site_of
from tests.chaos.scenario import Run
from tests.chaos.shell import accounts_of, to_depopulate, to_populate
from tests.chaos.site import Account, Site
from tests.chaos.table import notes, table
from tests.stack.progress import progress
from tests.stack.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

CLIENTS = 30
ROOMS = 3
RATE = 20.0


@pytest.fixture
def accounts(stack: Stack) -> Iterator[list[Account]]:
    """Gone in the end, as if they had never been; and the stack is as well as it was."""
    yield accounts_of(stack.manage(*to_populate(CLIENTS, ROOMS)))
    until(lambda: all_are_well(stack), within=90)
    stack.manage(*to_depopulate())


def test_whatever_is_harmed_each_message_arrives_once_and_in_order(
    stack: Stack, accounts: list[Account], request: pytest.FixtureRequest
) -> None:
    say = progress(request.config)
    harm = Harm(stack)
    faults = [
        harm.kill("ws"),
        harm.kill("redis"),
        harm.kill("nginx"),
        harm.pause("db"),
        harm.disconnect("redis"),
        harm.restart("web"),
        harm.wipe(),
    ]
    # In a thread of its own: the browsers of the other tests have an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(asyncio.run, suffer(accounts, site_of(stack), faults)).result()
    say(table(run))
    assert run.kept, f"{table(run)}\n{notes(run)}"
    assert run.total.acknowledged == run.total.posted > 0
    assert run.total.delivered == run.total.posted * CLIENTS / ROOMS


async def suffer(accounts: list[Account], site: Site, faults: list[Fault]) -> Run:
    rng = random.Random(20)  # noqa: S311 - the same each time, not secret
    async with Crowd(accounts, site, Ledger(), rng) as crowd:
        run = Run(crowd)
        await run.begin(RATE)
        await run.suffer(faults)
        await run.finish()
    return run
