"""Which origins are the same, and which are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.origin import parse_origin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://localhost", "http://localhost:80"),
        ("https://chat.example.com", "https://chat.example.com:443"),
        ("https://chat.example.com", "https://CHAT.example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_two_spellings_of_one_origin(one: str, other: str) -> None:
    assert parse_origin(one) == parse_origin(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://localhost", "https://localhost"),
        ("http://localhost:8000", "http://localhost:8001"),
        ("http://localhost:8000", "http://127.0.0.1:8000"),
        ("http://chat.example.com", "http://chat.example.com.elsewhere.example"),
    ],
)
def test_two_origins(one: str, other: str) -> None:
    assert parse_origin(one) != parse_origin(other)


@pytest.mark.parametrize(
    "text", ["", "null", "localhost", "//localhost", "http://", "http://[", "ftp://x", "http://x/", "http://x:99999"]
)
def test_no_origin(text: str) -> None:
    assert parse_origin(text) is None


@given(st.text())
def test_nothing_makes_it_fail(text: str) -> None:
    parse_origin(text)
    parse_origin(f"http://{text}")
