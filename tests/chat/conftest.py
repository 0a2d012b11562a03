"""What several of these tests ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.sqlite import on_sqlite


@pytest.fixture
def _sqlite(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test runs on an empty database of SQLite. It must not ask for `db`, nor for the people, who do."""
    with django_db_blocker.unblock(), on_sqlite(tmp_path / "db.sqlite3"):
        yield
