"""Each form's frame of an entry is made once, and only if somebody wants it; so are its bytes."""

import pytest

from realtime.frames import Frame, Frames, http_chunk, text_message
from realtime.log import Entry
from tests.raw_socket import TEXT, Received, frames_of

ENTRY = Entry(stream="room.1", seq=1, payload="hola")


def test_a_frame_is_made_once_for_each_form() -> None:
    made: list[str] = []

    def loud(entry: Entry) -> str:
        made.append("loud")
        return entry.payload.upper()

    def silent(entry: Entry) -> None:
        made.append("silent")

    frames = Frames(ENTRY)
    assert made == []
    first = frames.of(loud)
    assert first is not None
    assert first.text == "HOLA"
    assert frames.of(loud) is first
    assert [frames.of(silent), frames.of(silent)] == [None, None]
    assert made == ["loud", "silent"]


def test_its_bytes_are_made_once() -> None:
    frame = Frame("hola")
    assert frame.message is frame.message
    assert frame.chunk is frame.chunk


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, "81 00"),
        (1, "81 01"),
        (125, "81 7d"),
        (126, "81 7e 00 7e"),
        (65_535, "81 7e ff ff"),
        (65_536, "81 7f 00 00 00 00 00 01 00 00"),
        (524_289, "81 7f 00 00 00 00 00 08 00 01"),
    ],
)
def test_a_message_says_how_long_it_is(length: int, head: str) -> None:
    """RFC 6455, 5.2: the shortest of the three ways that can say it, and no mask."""
    message = text_message("x" * length)
    assert message[: len(message) - length] == bytes.fromhex(head)
    assert list(frames_of(message)) == [Received(TEXT, b"x" * length)]


def test_its_length_is_that_of_its_bytes() -> None:
    assert text_message("ñ" * 63)[:4] == bytes.fromhex("81 7e 00 7e")
    assert http_chunk("data: ñ\n\n") == b"a\r\ndata: \xc3\xb1\n\n\r\n"


def test_what_is_no_text_is_not_sent_in_pieces() -> None:
    with pytest.raises(UnicodeEncodeError):
        text_message("\ud800")
