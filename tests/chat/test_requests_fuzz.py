"""Whatever text a socket is sent, parsing it ends in a request or in a refusal by name, and in nothing else.

FUZZ=20 tries twenty times as many (tests/fuzzing.py).
"""

from hypothesis import example, given
from hypothesis import strategies as st

from chat.errors import BadFrame
from chat.protocol import MAX_REQUEST_ID, ErrorFrame, PlainPost, Request, encode
from chat.requests import FrameRefused, parse_plain, parse_request, request_id_of
from tests.frames_to_send import PLAIN, TYPED
from tests.fuzzing import effort
from tests.near_json import DEEP, almost, values

ANYTHING = st.text(max_size=200) | st.binary(max_size=200).map(lambda sent: sent.decode(errors="surrogateescape"))


def typed(text: str) -> Request | FrameRefused:
    try:
        return parse_request(text)
    except FrameRefused as refused:
        return refused


def plain(text: str) -> PlainPost | BadFrame:
    try:
        return parse_plain(text)
    except BadFrame as refused:
        return refused


@effort(2000)
@given(almost(*TYPED) | values | ANYTHING)
@example(DEEP)
@example("\ud800")
def test_a_text_is_a_typed_request_or_refused(text: str) -> None:
    found = typed(text)
    if isinstance(found, FrameRefused):
        message = found.error.message
        assert message
        assert len(message) < 500
        assert encode(ErrorFrame(code=found.error.code, message=message, id=found.request_id))
    else:
        assert isinstance(found, Request)
        assert request_id_of(text) == found.id


@effort(1000)
@given(almost(*PLAIN) | values | ANYTHING)
@example(DEEP)
@example("\ud800")
def test_a_text_is_a_plain_request_or_refused(text: str) -> None:
    found = plain(text)
    if isinstance(found, BadFrame):
        assert found.message
    else:
        assert encode(found)


@effort(1000)
@given(almost(*TYPED) | ANYTHING)
def test_the_id_of_whatever_was_sent_can_be_asked_for(text: str) -> None:
    found = request_id_of(text)
    assert not isinstance(found, str) or len(found) <= MAX_REQUEST_ID
