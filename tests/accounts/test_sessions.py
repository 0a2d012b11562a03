"""The session of a page: a cookie that can be nobody's is nobody's."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.sessions import SessionStore

# Django takes the quotes off and makes a real NUL of the first: PostgreSQL would fail at it.
COOKIES = ['"\\000aaaaaaaa"', '"aaaaaaaa\\000"', "short", "a" * 41, "aaaa-aaaa-aaaa", '"aaaaaaa\\303\\261"']


@pytest.mark.parametrize("cookie", COOKIES)
def test_what_is_no_sessions_key_is_not_signed_in(client: Client, ana: User, cookie: str) -> None:
    headers = {"Cookie": f"sessionid={cookie}"}
    for path in ("/", "/rooms/lobby/", "/admin/"):
        page = client.get(path, headers=headers)
        assert page.status_code == 302
        assert "/sign-in/?next=" in page.headers["Location"] or "/admin/login/?next=" in page.headers["Location"]
    assert client.get("/sign-in/", headers=headers).status_code == 200
    answer = client.get("/api/v1/me/", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")


def test_the_keys_that_are_made_are_keys(db: None) -> None:
    session = SessionStore()
    session.create()
    key = session.session_key
    assert key is not None
    assert SessionStore(key).session_key == key
    assert SessionStore(key[:-1] + "\x00").session_key is None
