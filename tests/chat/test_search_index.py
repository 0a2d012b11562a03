"""The indexes of the search: made for what is there already, taken away again, and right after every write."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from chat import search_index
from chat.errors import BadFrame, Unavailable
from chat.search import search
from chat.search_index import TooBroad, bounded, for_sqlite
from chat.search_query import MAX_QUERY, parse
from tests.fuzzing import effort
from tests.people import PASSWORD
from tests.rooms import say
from tests.workers import APP

migration = import_module("chat.migrations.0003_search")

# --- PostgreSQL ---


def index() -> list[bool]:
    """Whether the index is valid; nothing where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE relname = 'chat_message_search'"
        )
        return [row[0] for row in cursor.fetchall()]


def run(step: str) -> None:
    with connection.schema_editor(atomic=False) as editor:
        getattr(migration, step)(apps, editor)


@pytest.fixture
def _own_index(transactional_db: None) -> Iterator[None]:
    """A concurrent build wants no transaction around it. The index is there again afterwards."""
    yield
    run("make")


@pytest.mark.usefixtures("_own_index")
def test_what_was_said_before_is_in_the_index(ana: User) -> None:
    run("unmake")
    assert index() == []
    say(ana, "lobby", "long before")
    run("make")
    assert index() == [True]
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            assert [hit.message.body for hit in search(user=ana, text="before").hits] == ["long before"]
        finally:
            cursor.execute("RESET enable_seqscan")


@pytest.mark.usefixtures("_own_index")
def test_a_build_that_was_broken_off_is_made_good_by_the_next() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'chat_message_search'::regclass")
    assert index() == [False]
    run("make")
    assert index() == [True]


# --- SQLite, as `./run dev` has it ---

FOUND = "SELECT rowid FROM chat_message_search WHERE chat_message_search MATCH ? ORDER BY rowid"


class Embedded:
    """A database of SQLite after all migrations, with one room and one person."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows = sqlite3.connect(file, isolation_level=None)

    def manage(self, *command: str) -> None:
        variables = {"DATABASE_URL": f"sqlite:///{self.file}", "DEBUG": "true", "REDIS_URL": ""}
        environment = os.environ | variables | {"FIRST_RUN_PASSWORD": PASSWORD}
        subprocess.run([sys.executable, "manage.py", *command], cwd=APP, env=environment, check=True)

    def migrate(self, *target: str) -> None:
        self.manage("migrate", "--verbosity", "0", *target)

    def say(self, body: str) -> int:
        columns = "room_id, seq, author_id, client_id, at, body, html"
        values = "1, (SELECT count(*) FROM chat_message) + 1, 1, 'x', '2026-11-22', ?, ''"
        cursor = self.rows.execute(f"INSERT INTO chat_message ({columns}) VALUES ({values})", [body])  # noqa: S608
        return cursor.lastrowid or 0

    def found(self, text: str) -> list[int]:
        return [row[0] for row in self.rows.execute(FOUND, [for_sqlite(parse(text).terms)])]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("embedded") / "db.sqlite3"
    with closing(Embedded(file).rows):
        Embedded(file).migrate()
        Embedded(file).manage("first_run", "ana")
    return file


@pytest.fixture
def embedded(migrated: Path, tmp_path: Path) -> Iterator[Embedded]:
    """A copy for each test."""
    file = tmp_path / "db.sqlite3"
    file.write_bytes(migrated.read_bytes())
    found = Embedded(file)
    yield found
    found.rows.close()


def test_the_table_of_the_embedded_search_follows_every_write(embedded: Embedded) -> None:
    """Here at the latest it is noticed that a later migration made chat_message anew, without the triggers."""
    one, two = embedded.say("un café"), embedded.say("otro café")
    assert embedded.found("CAFE") == [one, two]
    embedded.rows.execute("UPDATE chat_message SET body = 'un té' WHERE id = ?", [one])
    assert (embedded.found("cafe"), embedded.found("te")) == ([two], [one])
    embedded.rows.execute("UPDATE chat_message SET body = '', deleted_at = '2026-11-22' WHERE id = ?", [one])
    assert embedded.found("te") == []
    embedded.rows.execute("DELETE FROM chat_message WHERE id IN (?, ?)", [one, two])
    assert embedded.found("cafe") == []
    assert embedded.rows.execute("SELECT count(*) FROM chat_message_search").fetchone() == (0,)


def test_the_migration_goes_back_and_forth_and_finds_what_was_there(embedded: Embedded) -> None:
    one, two = embedded.say("un café"), embedded.say("otro café")
    embedded.rows.execute("UPDATE chat_message SET deleted_at = '2026-11-22' WHERE id = ?", [two])
    tables = "SELECT name FROM sqlite_master WHERE name LIKE 'chat_message_search%' ORDER BY name"
    before = embedded.rows.execute(tables).fetchall()
    embedded.migrate("chat", "0002")
    assert embedded.rows.execute(tables).fetchall() == []
    three = embedded.say("café again")
    embedded.migrate()
    assert embedded.rows.execute(tables).fetchall() == before
    assert embedded.found("cafe") == [one, three]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("cafe", True),
        ("caf", True),
        ("caf solo", False),
        ('"café solo"', True),
        ('"solo café"', False),
        ("café -leche", True),
        ('café -"café solo"', False),
        ("example.com", True),
        ("https://example.com/menu", True),
        ("snake_case", True),
        ("it's", True),
        ("여러", True),
        ("мой", True),
        ("ёлка", True),
        ("καλημέρα", True),
        ("NOT", False),
    ],
)
def test_words_are_found_as_on_postgresql(embedded: Embedded, text: str, hits: bool) -> None:
    one = embedded.say("Un café solo: https://example.com/menu (4.50 €), it's in snake_case 여러분 мой Ёлка Καλημέρα")
    assert embedded.found(text) == ([one] if hits else [])


@effort(300)
@given(text=st.one_of(st.text(max_size=MAX_QUERY), st.text(alphabet="\"'()*^:-+{} ANDORTE", max_size=40)))
def test_whatever_is_typed_is_a_query_for_fts5(text: str) -> None:
    try:
        terms = parse(text).terms
    except BadFrame:
        return
    with closing(sqlite3.connect(":memory:")) as rows:
        rows.execute(migration.CREATE_TABLE)
        if terms:
            rows.execute(FOUND, [for_sqlite(terms)]).fetchall()


# --- how long it may take ---


def test_a_long_search_of_the_embedded_database_is_broken_off(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    embedded = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})["default"]
    monkeypatch.setattr(search_index, "connection", embedded)
    monkeypatch.setattr(search_index, "SECONDS", 0.05)
    with embedded.cursor() as cursor, closing(embedded):
        with pytest.raises(TooBroad, match="Be more precise"), bounded():
            cursor.execute(endless)
        assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_another_trouble_of_the_database_is_not_taken_for_a_long_search(db: None) -> None:
    with pytest.raises(OperationalError, match="gone"), bounded():
        raise OperationalError("the server is gone")


def test_so_many_search_at_once_and_one_more_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(search_index, "SECONDS", 0.01)
    with ExitStack() as others:
        for _ in range(search_index.AT_ONCE):
            assert search_index._turns.acquire(blocking=False)
            others.callback(search_index._turns.release)
        with pytest.raises(Unavailable), bounded():
            pass
    with bounded():
        pass


def test_one_waits_for_a_turn_and_the_next_is_asked_to_come_back_at_once(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    waited: list[float] = []

    class Turns(BoundedSemaphore):
        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
            waited.append(timeout or 0)
            return super().acquire(blocking, timeout)

    monkeypatch.setattr(search_index, "_turns", Turns(search_index.AT_ONCE))
    with ExitStack() as others:
        for _ in range(search_index.AT_ONCE):
            others.enter_context(bounded())
        # One who waits has a seat, and no turn.
        assert search_index._seats.acquire(blocking=False)
        others.callback(search_index._seats.release)
        waited.clear()
        with pytest.raises(Unavailable), bounded():
            pass
        assert waited == []
    with bounded():
        assert waited == [search_index.SECONDS]
