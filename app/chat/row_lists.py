"""Lists of rows that a query takes as a table: PostgreSQL and SQLite both do. Every value is a parameter; what is put
together is only the list's length."""

from collections.abc import Iterable, Sequence
from typing import Any


def for_rows(query: str, rows: Sequence[tuple[Any, ...]]) -> str:
    """`query` with places for `rows` where it says {rows}. There must be one at least."""
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    return query.format(rows=", ".join([row] * len(rows)))


def flat(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """The parameters of such a query."""
    return [value for row in rows for value in row]
