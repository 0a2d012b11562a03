"""Where a token stands."""

import pytest

from accounts.bearer import bearer_token


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer abc", "abc"),
        (b"BEARER  abc ", "abc"),
        (b"Bearer", ""),
        (b"Bearer \xff", "ÿ"),
        (b"Basic abc", None),
        (b"", None),
        (b"abc", None),
    ],
)
def test_a_bearer_token_and_nothing_else(value: bytes, token: str | None) -> None:
    assert bearer_token([(b"host", b"localhost"), (b"authorization", value)]) == token


def test_without_the_header_there_is_none() -> None:
    assert bearer_token([(b"cookie", b"Bearer abc")]) is None
