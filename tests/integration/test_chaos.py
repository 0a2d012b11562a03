"""Two workers, Redis and PostgreSQL, each killed in turn while a crowd talks: nothing is lost, doubled or out of order.

The servers are this test's own, since they die; the database keeps its commits through the death of its processes.
"""

import asyncio
import io
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis as redis_client

from realtime.replay import REPLAY_LIMIT
from tests.chaos.__main__ import BROKEN, arguments_of, conclude
from tests.chaos.client import Client
from tests.chaos.connection import Frame
from tests.chaos.crowd import Crowd
from tests.chaos.fault import Fault
from tests.chaos.ledger import Ledger
from tests.chaos.scenario import Run
from tests.chaos.screen import Screen
from tests.chaos.shell import accounts_of, to_populate
from tests.chaos.site import Account, Api, Site
from tests.chaos.table import notes, table
from tests.servers.postgres import Cluster
from tests.servers.process import free_port
from tests.servers.redis import redis
from tests.workers import APP, Worker

pytestmark = pytest.mark.timeout(180)

CLIENTS = 20
ROOMS = 2
RATE = 40.0
# Each room hears of something twenty times a second: what goes wrong shows soon.
QUIET = 1.5


class Mortal(Worker):
    """A worker that can be killed, and lives again where it was."""

    def die(self) -> None:
        self.process.kill()
        self.process.wait()

    def live(self) -> None:
        self.process = self._start()
        self.wait_until_it_serves()


class Place:
    """The servers of this test: each can be killed, and is started again at the same port with what it had on disk."""

    def __init__(self, closing: ExitStack) -> None:
        # A server dies with the thread that started it (tests/servers/process.py): one that lives as long as this.
        self._keeper = closing.enter_context(ThreadPoolExecutor(1))
        # Not pytest's own: PostgreSQL runs as another user than root, who may not enter that.
        self._folders = {
            name: Path(closing.enter_context(TemporaryDirectory(prefix=f"tertulia-{name}-")))
            for name in ("redis", "postgres", "workers")
        }
        self._cluster = Cluster(self._folders["postgres"], bundled=False)
        self._redis_port = free_port()
        self._serving = {name: closing.enter_context(ExitStack()) for name in ("redis", "postgres")}
        self.redis_url = self.start_redis()
        self.database_url = self.start_postgres()
        self.manage("migrate", "--verbosity", "0")
        variables = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        self.workers = [Mortal(self._folders["workers"], **variables) for _ in range(2)]
        for worker in self.workers:
            closing.callback(worker.die)
            worker.wait_until_it_serves()

    @property
    def site(self) -> Site:
        ports = [worker.port for worker in self.workers]
        sockets = [f"ws://127.0.0.1:{port}/ws/chat/" for port in ports]
        return Site(sockets=sockets, api=f"http://127.0.0.1:{ports[0]}/api/v1/")

    def manage(self, *arguments: str) -> str:
        variables = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        command = [sys.executable, "manage.py", *arguments]
        result = subprocess.run(
            command, cwd=APP, env=os.environ | variables, capture_output=True, text=True, check=False, timeout=60
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def populate(self) -> list[Account]:
        return accounts_of(self.manage(*to_populate(CLIENTS, ROOMS)))

    def _start(self, name: str, server: AbstractContextManager[str]) -> str:
        return self._keeper.submit(self._serving[name].enter_context, server).result()

    # --- Redis ---

    def start_redis(self) -> str:
        return self._start("redis", redis(self._folders["redis"], bundled=False, port=self._redis_port))

    def kill_redis(self) -> None:
        with closing(redis_client.Redis.from_url(self.redis_url)) as client:
            pid = int(client.info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        self._serving["redis"].close()

    # --- PostgreSQL ---

    def start_postgres(self) -> str:
        # What was committed is written, if not yet on the disk: that is for when the machine dies, not its processes.
        return self._start("postgres", self._cluster.running("fsync=off"))

    def kill_postgres(self) -> None:
        os.kill(self._cluster.pid, signal.SIGKILL)
        self._serving["postgres"].close()

    # --- faults ---

    def faults(self) -> list[Fault]:
        workers = [
            Fault(f"kill ws {number}", worker.die, worker.live, lasts=1.0)
            for number, worker in enumerate(self.workers, start=1)
        ]
        return [
            *workers,
            Fault("kill redis", self.kill_redis, lambda: void(self.start_redis()), lasts=2.0),
            Fault("kill db", self.kill_postgres, lambda: void(self.start_postgres()), lasts=1.0),
        ]


def void(_: object) -> None:
    """What is asked for by name is not needed a second time."""


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with ExitStack() as closing:
        yield Place(closing)


@pytest.fixture(scope="module")
def accounts(place: Place) -> list[Account]:
    return place.populate()


async def from_now_on(place: Place, accounts: list[Account]) -> list[Account]:
    """The same, with all that was said before out of sight."""
    async with Api(place.site.api) as api:
        return [replace(account, since=await api.head(account)) for account in accounts]


async def talk(
    place: Place,
    accounts: list[Account],
    faults: list[Fault],
    *,
    client: Callable[..., Client] = Client,
    within: float = 20.0,
) -> Run:
    rng = random.Random(20)  # noqa: S311 - the same each time, not secret
    async with Crowd(accounts, place.site, Ledger(), rng, client=client) as crowd:
        run = Run(crowd, quiet=QUIET, back_within=within)
        await run.begin(RATE)
        await run.suffer(faults)
        await run.finish()
    return run


def test_whatever_is_killed_each_message_arrives_once_and_in_order(place: Place, accounts: list[Account]) -> None:
    accounts = asyncio.run(from_now_on(place, accounts))
    run = asyncio.run(talk(place, accounts, place.faults()))
    assert run.kept, f"{table(run)}\n{notes(run)}"
    assert run.total.acknowledged == run.total.posted > 0
    assert run.total.delivered == run.total.posted * CLIENTS / ROOMS


FAR_BEHIND = """
from accounts.models import User
from chat.models import Room
from chat.services import post_message
from uuid import uuid4
for number in range({number}):
    post_message(by=User.objects.get(username="chaos-0"), slug="chaos-0", client_id=uuid4(), body=str(number))
"""


def test_who_was_away_for_long_reads_the_room_afresh(place: Place, accounts: list[Account]) -> None:
    accounts = asyncio.run(from_now_on(place, accounts))
    place.manage("shell", "--verbosity", "0", "--command", FAR_BEHIND.format(number=REPLAY_LIMIT + 1))
    run = asyncio.run(talk(place, accounts, []))
    assert run.kept, f"{table(run)}\n{notes(run)}"
    assert run.crowd.ledger.read_afresh >= CLIENTS / ROOMS


# --- were it not so, it would show ---


class Forgetful(Client):
    """Does not hear what it should."""

    def hear(self, event: Frame) -> None:
        if event["seq"] % 10:
            super().hear(event)


class Stammering(Client):
    """Hears some of it twice."""

    def hear(self, event: Frame) -> None:
        for _ in range(1 if event["seq"] % 10 else 2):
            super().hear(event)


class Confused(Client):
    """Hears one thing after what came after it."""

    kept: Frame | None = None

    def hear(self, event: Frame) -> None:
        if event["seq"] % 10 == 0:
            self.kept = event
            return
        super().hear(event)
        if self.kept is not None:
            super().hear(self.kept)
            self.kept = None


def saboteur(account: Account, *rest: Any, **options: Any) -> Client:
    """One of each kind."""
    kinds = {"chaos-0": Forgetful, "chaos-2": Stammering, "chaos-4": Confused}
    return kinds.get(account.name, Client)(account, *rest, **options)


def test_those_who_spoil_it_are_found_and_the_run_fails(place: Place, accounts: list[Account]) -> None:
    accounts = asyncio.run(from_now_on(place, accounts))
    run = asyncio.run(talk(place, accounts, [], client=saboteur, within=QUIET))
    for wrong in ("lost", "doubled", "out_of_order"):
        assert getattr(run.total, wrong) > 0
    output = io.StringIO()
    assert conclude(run, arguments_of([]), Screen(output)) == BROKEN
    assert "BROKEN" in output.getvalue()
