"""From text to a request: whatever is sent, it is one or it is refused by name."""

import json
from contextlib import suppress
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.errors import BadFrame, UnknownType
from chat.protocol import Delete, Edit, Ping, Post, React, Read, Request, Subscribe, Typing, Unsubscribe
from chat.requests import FrameRefused, parse_plain, parse_request

CLIENT_ID = UUID("6f3bd1f6-0f5c-4d0e-8f63-9b6d2b0c3a11")
WRITE = {"room": "lobby", "client_id": str(CLIENT_ID)}


@pytest.mark.parametrize(
    ("frame", "request_"),
    [
        ({"type": "ping", "id": 1}, Ping(id=1)),
        ({"type": "ping", "id": "a", "more": [1]}, Ping(id="a")),
        ({"type": "subscribe", "id": 1, "room": "lobby"}, Subscribe(id=1, room="lobby")),
        ({"type": "subscribe", "id": 1, "room": "lobby", "since": None}, Subscribe(id=1, room="lobby")),
        ({"type": "subscribe", "id": 1, "room": "lobby", "since": 7}, Subscribe(id=1, room="lobby", since=7)),
        ({"type": "unsubscribe", "id": 1, "room": "lobby"}, Unsubscribe(id=1, room="lobby")),
        ({"type": "typing", "room": "lobby"}, Typing(room="lobby")),
        ({"type": "read", "id": 1, "room": "lobby", "seq": 7}, Read(id=1, room="lobby", seq=7)),
        (
            {"type": "post", "id": 1, "room": "lobby", "client_id": str(CLIENT_ID), "body": "hola", "reply_to": 2},
            Post(id=1, room="lobby", client_id=CLIENT_ID, body="hola", reply_to=2),
        ),
        (
            {"type": "post", "id": 1, **WRITE, "body": "", "uploads": [str(CLIENT_ID)]},
            Post(id=1, room="lobby", client_id=CLIENT_ID, body="", uploads=[CLIENT_ID]),
        ),
        (
            {"type": "edit", "id": 1, **WRITE, "seq": 7, "body": "hola"},
            Edit(id=1, room="lobby", client_id=CLIENT_ID, seq=7, body="hola"),
        ),
        ({"type": "delete", "id": 1, **WRITE, "seq": 7}, Delete(id=1, room="lobby", client_id=CLIENT_ID, seq=7)),
        (
            {"type": "react", "id": 1, **WRITE, "seq": 7, "emoji": "👍", "on": False},
            React(id=1, room="lobby", client_id=CLIENT_ID, seq=7, emoji="👍", on=False),
        ),
    ],
)
def test_a_frame_is_a_request(frame: dict[str, object], request_: Request) -> None:
    assert parse_request(json.dumps(frame)) == request_


def refusal(text: str) -> FrameRefused:
    with pytest.raises(FrameRefused) as refused:
        parse_request(text)
    return refused.value


@pytest.mark.parametrize("text", ["", "hola", "[]", "null", "{}", '{"type":1}', "\ud800", '{"type":"ping","id":null}'])
def test_what_is_no_frame_is_refused_without_an_id(text: str) -> None:
    refused = refusal(text)
    assert isinstance(refused.error, BadFrame)
    assert refused.request_id is msgspec.UNSET


def test_a_type_that_nobody_knows_is_refused_with_its_id() -> None:
    refused = refusal('{"type": "nonsense", "id": "mine"}')
    assert isinstance(refused.error, UnknownType)
    assert refused.request_id == "mine"


def test_a_wrong_field_is_refused_with_the_id() -> None:
    refused = refusal('{"type": "subscribe", "id": 7, "room": 1}')
    assert isinstance(refused.error, BadFrame)
    assert refused.request_id == 7
    assert "room" in refused.error.message


def test_an_id_of_64_characters_is_one_and_a_longer_is_not() -> None:
    assert parse_request(json.dumps({"type": "ping", "id": "x" * 64})) == Ping(id="x" * 64)
    assert isinstance(refusal(json.dumps({"type": "ping", "id": "x" * 65})).error, BadFrame)


@pytest.mark.parametrize("depth", [100, 30_000])
def test_however_deep_it_is_nested(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    for text in (deep, f'{{"type":"ping","id":{deep}}}', f'{{"type":{deep}}}'):
        assert isinstance(refusal(text).error, BadFrame)
    with pytest.raises(BadFrame):
        parse_plain(deep)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["ping", "subscribe", "unsubscribe", "post", "edit", "delete", "react", "read"]) | JSON,
        "id": st.integers() | st.text(max_size=70) | JSON,
        "room": st.just("lobby") | JSON,
        "since": st.integers() | JSON,
        "client_id": st.just(str(CLIENT_ID)) | JSON,
        "body": st.text(max_size=5) | JSON,
        "reply_to": st.integers() | JSON,
        "seq": st.integers() | JSON,
    },
)


@settings(max_examples=300, deadline=None)
@given(FIELDS.map(json.dumps) | JSON.map(json.dumps) | st.text(max_size=40))
def test_anything_is_a_request_or_refused(text: str) -> None:
    with suppress(FrameRefused):
        assert isinstance(parse_request(text), Request)
    with suppress(BadFrame):
        assert isinstance(parse_plain(text).message, str)
