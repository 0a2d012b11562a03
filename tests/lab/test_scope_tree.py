"""A scope as people may look at it."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import Token, User
from accounts.sessions import SessionStore
from lab.scope_tree import MASK, scope_tree


def session(**contents: object) -> SessionBase:
    store = SessionStore("thekeyofthesession0123456789")
    store._session_cache = contents  # type: ignore[attr-defined]
    return store


def tree(**scope: Any) -> dict[str, Any]:
    return scope_tree(scope)


def test_what_is_no_secret_is_shown() -> None:
    shown = tree(
        type="websocket",
        path="/ws/lab/",
        client=("127.0.0.1", 5000),
        subprotocols=[],
        url_route={"args": (), "kwargs": {"room": "lobby"}},
        query_string=b"room=lobby",
    )
    assert shown == {
        "type": "websocket",
        "path": "/ws/lab/",
        "client": ["127.0.0.1", 5000],
        "subprotocols": [],
        "url_route": {"args": [], "kwargs": {"room": "lobby"}},
        "query_string": "room=lobby",
    }


@pytest.mark.parametrize(
    "name", [b"cookie", b"authorization", b"proxy-authorization", b"x-csrftoken", b"x-api-key", b"sec-websocket-key"]
)
def test_a_header_that_is_a_secret_keeps_its_name_alone(name: bytes) -> None:
    assert tree(headers=[(name, b"secret"), (b"host", b"localhost")])["headers"] == [
        [name.decode(), MASK],
        ["host", "localhost"],
    ]


def test_cookies_keep_their_names_alone() -> None:
    assert tree(cookies={"sessionid": "abc", "theme": "dark"})["cookies"] == {"sessionid": MASK, "theme": MASK}


def test_a_session_shows_what_is_no_secret() -> None:
    shown = tree(session=session(_auth_user_hash="abc", colour="green", reset_token="xyz", deep={"password": "p"}))
    assert shown["session"]["session_key"] == MASK
    contents = shown["session"]["contents"]
    assert contents == {"_auth_user_hash": MASK, "colour": "green", "reset_token": MASK, "deep": {"password": MASK}}


def test_a_user_is_a_name_and_a_number(ana: User) -> None:
    assert tree(user=ana)["user"] == {"class": "User", "username": "ana", "pk": ana.pk}
    assert tree(user=AnonymousUser())["user"] == {"class": "AnonymousUser", "username": "", "pk": None}


def test_a_token_is_not_shown(bot: User, token: str) -> None:
    assert tree(token=Token.objects.get())["token"] == MASK
    assert tree(token=None)["token"] is None


@pytest.mark.parametrize("query", [b"token=abc", b"api_key=abc", b"a=1&Password=abc", b"sessionid=abc"])
def test_an_address_with_a_secret_is_not_shown(query: bytes) -> None:
    assert tree(query_string=query)["query_string"] == MASK


def test_what_has_no_form_in_json_is_named() -> None:
    assert tree(state={"lock": object()})["state"] == {"lock": "<object>"}


def test_what_is_too_deep_is_cut_short() -> None:
    deep: dict[str, Any] = {}
    deep["again"] = deep
    shown = tree(state=deep)["state"]
    for _ in range(8):
        shown = shown["again"]
    assert shown["again"] == "…"
