"""What is asked of PostgreSQL, by its own account: it logs each statement while it is watched."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# A statement's further lines begin with a tab.
LOGGED = re.compile(r"^.* LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)", re.MULTILINE)
RELOADED_SECONDS = 10

TABLE = re.compile(r"\b(?:accounts|chat|django)_\w+")
# Each second, whoever comes: where all rooms stand (a room alone is asked about when somebody comes back to it), and
# what was revoked.
ASKED_ANYWAY = re.compile(
    r"SELECT id, seq FROM chat_room WHERE id = ANY\('\{\d+,|.*\bFROM \"accounts_revocation\"", re.DOTALL
)


@contextmanager
def watched(database_url: str) -> Iterator[list[str]]:
    """The statements of all sessions, which are in the list when the block is left."""
    found: list[str] = []
    with psycopg.connect(database_url, autocommit=True) as own:
        log = Path(shown(own, "data_directory")).parent / "log"
        mine = f" [{own.info.backend_pid}] "
        with logged(own):
            begin = log.stat().st_size
            yield found
            text = log.read_bytes()[begin:].decode(errors="replace")
    found += statements(text, but=mine)


@contextmanager
def logged(own: "psycopg.Connection[tuple[str, ...]]") -> Iterator[None]:
    before = shown(own, "log_statement")
    own.execute("ALTER SYSTEM SET log_statement = 'all'")
    reload(own, "all")
    try:
        yield
    finally:
        own.execute("ALTER SYSTEM RESET log_statement")
        reload(own, before)


def reload(own: "psycopg.Connection[tuple[str, ...]]", expected: str) -> None:
    """The other sessions read the settings before their next statement."""
    own.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + RELOADED_SECONDS
    while shown(own, "log_statement") != expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL did not take log_statement = {expected}")
        time.sleep(0.01)


def shown(own: "psycopg.Connection[tuple[str, ...]]", setting: str) -> str:
    row = own.execute(f"SHOW {setting}").fetchone()
    assert row is not None
    return row[0]


def of_a_resume(statement: str) -> bool:
    """Whatever is asked of a table counts, but for what is asked in any case."""
    return TABLE.search(statement) is not None and ASKED_ANYWAY.match(statement) is None


def statements(log: str, *, but: str = "") -> list[str]:
    """Of a log's text, but for those of the session that is named so in its lines. An empty one is none: with it a pool
    looks whether a connection is still there."""
    lines = [(found[0].partition(" LOG:  ")[0] + " ", found[1]) for found in LOGGED.finditer(log)]
    return [statement for head, statement in lines if statement and not (but and but in head)]
