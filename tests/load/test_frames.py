"""Frames are told apart by their headers, wherever the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.crowd.frames import (
    BODY_LENGTH,
    CLOSE,
    PING,
    TEXT,
    Frame,
    NotAFrame,
    body_of,
    client_frame,
    frames,
    posts,
)
from tests.raw_socket import frame, frames_of


def delivery(number: int, length: int = BODY_LENGTH) -> bytes:
    """As a server sends it."""
    return frame(f'{{"message":"{body_of(number, length)}"}}'.encode(), masked=False)


# One of each length of header, and what comes between.
STREAM = [
    delivery(0, 60),
    frame(b"", opcode=PING, masked=False),
    delivery(1),
    frame(b'{"type":"ack"}', masked=False),
    delivery(2, 70_000),
    delivery(99_999_999),
    frame(b"\x03\xe8", opcode=CLOSE, masked=False),
]
NUMBERS = [0, 1, 2, 99_999_999]
OTHERS = [(PING, b""), (TEXT, b'{"type":"ack"}'), (CLOSE, b"\x03\xe8")]


def read_in_parts(parts: list[bytes]) -> tuple[list[int], list[Frame], bytes]:
    numbers: list[int] = []
    others: list[Frame] = []
    rest = b""
    for part in parts:
        data = rest + part
        rest = data[posts(data, len(data), numbers, others) :]
    return numbers, others, rest


@given(st.lists(st.integers(0, len(b"".join(STREAM))), max_size=12))
def test_a_stream_is_read_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    whole = b"".join(STREAM)
    places = [0, *sorted(cuts), len(whole)]
    parts = [whole[start:stop] for start, stop in pairwise(places)]
    assert read_in_parts(parts) == (NUMBERS, OTHERS, b"")


def test_a_stream_is_read_byte_by_byte() -> None:
    short = b"".join(STREAM[:4])
    assert read_in_parts([bytes([byte]) for byte in short]) == ([0, 1], OTHERS[:2], b"")


def test_a_frame_that_is_not_whole_is_left() -> None:
    numbers, others, rest = read_in_parts([delivery(7), delivery(8)[:-1]])
    assert (numbers, others) == ([7], [])
    assert rest == delivery(8)[:-1]


def test_what_lies_behind_in_the_buffer_is_not_read() -> None:
    buffer = bytearray(delivery(7) + delivery(8))
    numbers: list[int] = []
    assert posts(buffer, len(delivery(7)), numbers, []) == len(delivery(7))
    assert numbers == [7]


def test_a_post_has_its_length_and_ends_in_no_space() -> None:
    assert {len(body_of(number)) for number in (0, 99_999_999)} == {BODY_LENGTH}
    assert not any(body_of(0, length).endswith(" ") for length in range(20, 200))


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_what_we_send_is_what_a_server_reads(length: int) -> None:
    sent = client_frame(b"x" * length)
    mask = sent.index(b"\0\0\0\0", 2) if length < 65_536 else 10
    unmasked = bytes([sent[0], sent[1] & 0x7F]) + sent[2:mask] + sent[mask + 4 :]
    [received] = frames_of(unmasked)
    assert (received.opcode, received.payload) == (TEXT, b"x" * length)


def test_frames_are_given_with_where_they_end() -> None:
    data = STREAM[1] + STREAM[3] + STREAM[0][:5]
    assert list(frames(data)) == [(OTHERS[0], len(STREAM[1])), (OTHERS[1], len(STREAM[1] + STREAM[3]))]


@pytest.mark.parametrize("wrong", [frame(b"masked"), frame(b"in parts", last=False, masked=False)])
def test_what_no_server_of_the_bench_sends_is_an_error(wrong: bytes) -> None:
    with pytest.raises(NotAFrame):
        posts(wrong, len(wrong), [], [])
