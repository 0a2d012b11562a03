"""An HTTP response as a transport: when it begins, how it ends."""

from typing import Any

from realtime.event_stream import NORMAL, DaphneResponse, EventStream, sse_frame


class Notes:
    """A response that writes down what it is to send."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.ended = False

    def write(self, text: str) -> None:
        self.written.append(text)

    def end(self) -> None:
        self.ended = True

    def waiting(self) -> int:
        return 3


def test_an_event_may_have_a_name_and_a_number() -> None:
    assert sse_frame("{}") == "data: {}\n\n"
    assert sse_frame("{}", event="close") == "event: close\ndata: {}\n\n"
    assert sse_frame("{}", seq=0) == "id: 0\ndata: {}\n\n"


def test_the_last_frame_says_the_code() -> None:
    stream = EventStream(notes := Notes())
    stream.write("data: 1\n\n")
    stream.close(4408)
    assert notes.written == ["data: 1\n\n", 'event: close\ndata: {"code":4408}\n\n']
    assert (notes.ended, stream.waiting()) == (True, 3)


def test_an_end_that_was_announced_says_nothing_more() -> None:
    stream = EventStream(notes := Notes())
    stream.write("data: 1\n\n")
    stream.close(NORMAL)
    assert (notes.written, notes.ended) == (["data: 1\n\n"], True)


def test_what_has_not_begun_sends_nothing_and_knows_why_it_was_closed() -> None:
    stream = EventStream(notes := Notes())
    stream.close(4401)
    assert (notes.written, notes.ended, stream.begun, stream.code) == ([], False, False, 4401)


class LostRequest:
    """Daphne's request whose client left before it was looked at."""

    channel = None

    def __init__(self) -> None:
        self.responseHeaders = self

    def setRawHeaders(self, name: bytes, values: list[bytes]) -> None:  # noqa: N802 - Twisted's name
        """Nobody will see it."""

    def handle_reply(self, message: dict[str, Any]) -> None:
        """As Daphne does where there is no channel."""


async def test_who_has_left_is_written_to_in_vain() -> None:
    response = DaphneResponse(LostRequest())
    response.write("data: 1\n\n")
    response.end()
    assert response.waiting() == 0
