"""Messages by their words, in what each kind of database has for that; migration 0003_search makes the indexes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from unicodedata import normalize

import psycopg
from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from chat.errors import ChatError, Unavailable
from chat.search_query import Term

# A search that takes longer is broken off, so that nobody can keep a database busy.
SECONDS = 3
# What a search remembers of the pages that hold hits. With less, a word that millions of messages hold would be looked
# for in each of them again; the usual 4 MB last for 700 MB of messages.
WORK_MEMORY = "16MB"
# SQLite asks whether to go on after so many steps of its machine: a fraction of a millisecond.
STEPS = 10_000

# Of a process's four threads so many may search at once: the others answer everybody else. Who waits for a turn answers
# nobody either: one may.
AT_ONCE = 2
_turns = BoundedSemaphore(AT_ONCE)
_seats = BoundedSemaphore(AT_ONCE + 1)

# Word for word what the index is made of, or PostgreSQL does not use it.
INDEXED = (
    r"""to_tsvector('simple', regexp_replace(regexp_replace(normalize("chat_message"."body", NFD), """
    r"""'[\u0300-\u036f]', '', 'g'), """
    r"""'[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g'))"""
)


class TooBroad(ChatError):
    """The search did not end in time."""

    code, status = "too_broad", 400


def holds(terms: Sequence[Term]) -> RawSQL:
    """A condition on messages; what was typed goes in as a parameter."""
    if connection.vendor == "postgresql":
        sql, asked = f"{INDEXED} @@ to_tsquery('simple', %s)", " & ".join(map(_for_postgresql, terms))
    else:
        hits = "SELECT rowid FROM chat_message_search WHERE chat_message_search MATCH %s"
        sql, asked = f'"chat_message"."id" IN ({hits})', for_sqlite(terms)
    return RawSQL(sql, [asked], output_field=BooleanField())  # noqa: S611


def _for_postgresql(term: Term) -> str:
    """A piece of a tsquery. A word holds neither quotes nor backslashes: they separate words."""
    words = [f"'{normalize('NFD', word)}'" for word in term.words]
    phrase = " <-> ".join(words) + (":*" if term.begins else "")
    return f"!({phrase})" if term.excluded else f"({phrase})"


def for_sqlite(terms: Sequence[Term]) -> str:
    """A query of FTS5. Each phrase is a string in quotes, in which nothing has a meaning of its own.

    As typed: FTS5 takes the accents off in its own way, off Latin letters alone.
    """
    wanted = [f'"{" ".join(term.typed)}"{"*" if term.begins else ""}' for term in terms if not term.excluded]
    unwanted = [f'"{" ".join(term.typed)}"' for term in terms if term.excluded]
    return " NOT ".join([f"({' AND '.join(wanted)})", *unwanted])


@contextmanager
def bounded() -> Iterator[None]:
    """AT_ONCE in a process, and each look into the database within takes SECONDS at most.

    Raises Unavailable where somebody waits for a turn already, or others search for as long as one search may take, and
    TooBroad.
    """
    with _held(_seats, blocking=False), _held(_turns, timeout=SECONDS), _in_time():
        yield


@contextmanager
def _held(semaphore: BoundedSemaphore, *, blocking: bool = True, timeout: float | None = None) -> Iterator[None]:
    """Raises Unavailable."""
    if not semaphore.acquire(blocking, timeout):
        raise Unavailable
    try:
        yield
    finally:
        semaphore.release()


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        with _statement_timeout() if connection.vendor == "postgresql" else _progress_handler():
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled) or "interrupted" in str(error):
            raise TooBroad("This finds too much to be gone through. Be more precise.") from error
        raise


@contextmanager
def _statement_timeout() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('work_mem', %s, true)",
            [f"{SECONDS}s", WORK_MEMORY],
        )
        yield


@contextmanager
def _progress_handler() -> Iterator[None]:
    connection.ensure_connection()
    raw: Any = connection.connection
    end = monotonic() + SECONDS
    raw.set_progress_handler(lambda: monotonic() > end, STEPS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)
