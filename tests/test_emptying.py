"""A worker's query over two tables, while the database is emptied after a test."""

import threading

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from chat.models import Room
from tests.emptying import empty
from tests.locks import somebody_waits
from tests.waiting import until
from tests.workers import url_of_test_database


@pytest.mark.django_db(transaction=True)
def test_it_gives_way_to_a_query_that_goes_the_other_way_round(ana: User) -> None:
    first, second = "chat_room", "accounts_user"
    with psycopg.connect(url_of_test_database()) as worker:
        worker.execute(f"SELECT 1 FROM {second}")  # noqa: S608 - and holds it until its transaction ends
        asked = threading.Thread(target=worker.execute, args=[f"SELECT 1 FROM {first}"])  # noqa: S608
        emptying = threading.Thread(target=_empty, args=[[f"TRUNCATE {first} CASCADE", f"TRUNCATE {second} CASCADE"]])
        emptying.start()
        until(somebody_waits)
        asked.start()
        asked.join()
        worker.commit()
        emptying.join()
    assert not User.objects.exists()
    assert not Room.objects.exists()


def _empty(statements: list[str]) -> None:
    try:
        empty(connection.ops, statements)
    finally:
        connection.close()
