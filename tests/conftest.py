"""What every test can ask for: the people, the lobby, and workers with sockets to them."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from accounts.models import User
from accounts.tokens import issue_token
from chat.first_run import first_run
from chat.joining import program_in_rooms
from chat.models import Room
from chat.services import LOBBY
from tests.emptying import empty
from tests.people import PASSWORD, guest, newcomer
from tests.wire import Sockets
from tests.workers import Worker


def pytest_configure() -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In continuous integration nothing may be skipped: the run fails, and its last lines say what and why."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Asked for before the database of the tests is made."""
    if "postgresql" not in django_settings.DATABASES["default"]["ENGINE"]:
        pytest.fail("This test wants a PostgreSQL: start it with ./run test")


@pytest.fixture(scope="session", autouse=True)
def _database_is_emptied_beside_workers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", empty)
        yield


@pytest.fixture(autouse=True)
def _fast_passwords(settings: Settings) -> None:
    """A password costs a third of a second to hash, on purpose; here that is spent for nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_language_of_another_test() -> None:
    """A page leaves its language to the thread that made it."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _uploads_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Here, and in the workers that tests start."""
    folder = str(tmp_path_factory.mktemp("uploads"))
    django_settings.UPLOADS_ROOT = os.environ["UPLOADS_ROOT"] = folder


# --- people and rooms ---


@pytest.fixture
def ana(db: None) -> User:
    """The administrator, who owns the lobby."""
    return first_run(name="ana", password=PASSWORD, room="Lobby")


@pytest.fixture
def lobby(ana: User) -> Room:
    return Room.objects.get(slug=LOBBY)


@pytest.fixture
def berto(lobby: Room) -> User:
    """A member of the lobby."""
    return guest("berto")


@pytest.fixture
def carla(ana: User) -> User:
    """The outsider: she has an account and is in no room."""
    return newcomer("carla")


@pytest.fixture
def bot(lobby: Room) -> User:
    """A program in the lobby."""
    return program_in_rooms(name="bot", slugs=[LOBBY])


@pytest.fixture
def token(bot: User) -> str:
    """The token of the bot."""
    return issue_token(user=bot)


# --- the real parts ---


@pytest.fixture
def redis_server() -> Iterator["redis.Redis"]:
    """The Redis of the tests, to look into."""
    if not django_settings.REDIS_URL:
        pytest.fail("This test wants a Redis: start it with ./run test")
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    yield client
    client.close()


StartWorker = Callable[..., Worker]


class Team:
    """The workers that serve all tests, each started when the first test wants it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._workers: list[Worker] = []

    def number(self, number: int) -> Worker:
        while len(self._workers) < number:
            self._workers.append(Worker(self._folder))
            self._workers[-1].wait_until_it_serves()
        return self._workers[number - 1]

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's own; at the end the pool of this process may still be busy with a connection that came back late,
    and a database that somebody is connected to cannot be dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session")
def team(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    team = Team(tmp_path_factory.mktemp("workers"))
    yield team
    team.stop()  # so that they let go of the database before it is dropped


def _still_well(worker: Worker, complaints_before: int) -> None:
    """Whatever a test did to it: the same worker still serves, and nothing surprised it."""
    assert worker.process.poll() is None, worker.said()
    assert worker.get("/readyz").status_code == 200
    assert worker.complaints()[complaints_before:] == []


@pytest.fixture
def worker(team: Team, transactional_db: None) -> Iterator[Worker]:
    """A ws worker. It has served other tests before, as in life."""
    worker = team.number(1)
    before = len(worker.complaints())
    yield worker
    _still_well(worker, before)


@pytest.fixture
def other_worker(team: Team, worker: Worker) -> Iterator[Worker]:
    """A second one, which shares the database and the Redis with the first."""
    other = team.number(2)
    before = len(other.complaints())
    yield other
    _still_well(other, before)


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker of this test's own, with variables of its own."""
    workers: list[Worker] = []

    def start(**variables: str) -> Worker:
        workers.append(Worker(tmp_path, **variables))
        workers[-1].wait_until_it_serves()
        return workers[-1]

    yield start
    for worker in workers:
        worker.stop()


@pytest.fixture
def sockets(worker: Worker) -> Iterator[Sockets]:
    """Opens sockets on the worker."""
    with ExitStack() as stack:
        yield Sockets(worker, stack)
