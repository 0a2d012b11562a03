"""The frames of a server, told apart by their headers alone, and the number that a post carries."""

from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
WHOLE = 0x80

# In front of the number in a post's body: letters that no system puts into a frame by itself, and no Markdown.
MARK = b"bench:"
DIGITS = 8
BODY_LENGTH = 150
FILLING = " the quick brown fox jumps over the lazy dog" * 40

Frame = tuple[int, bytes]


class NotAFrame(Exception):
    """What came is no frame, or one in parts, which no server of the bench sends."""


def body_of(number: int, length: int = BODY_LENGTH) -> str:
    """What a post says: its number, and words up to `length`. It does not end with a space, which some would cut."""
    return f"{MARK.decode()}{number:0{DIGITS}d}{FILLING}"[: length - 1] + "."


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """As a client sends it. Masked with zeros: the server does the same work, we do none."""
    length = len(payload)
    if length < 126:
        head = bytes((WHOLE | opcode, 0x80 | length))
    elif length < 65_536:
        head = bytes((WHOLE | opcode, 0x80 | 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((WHOLE | opcode, 0x80 | 127)) + length.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


def payload_at(data: bytes | bytearray, at: int, end: int) -> tuple[int, int]:
    """Where the payload of the frame at `at` starts and stops; stops after `end` where it is not whole yet."""
    if end - at < 2:
        return end, end + 1
    length = data[at + 1]
    if length < 126:
        start = at + 2
    elif length == 126:
        start = at + 4
        if start > end:
            return end, end + 1
        length = data[at + 2] << 8 | data[at + 3]
    elif length == 127:
        start = at + 10
        if start > end:
            return end, end + 1
        length = int.from_bytes(data[at + 2 : start], "big")
    else:
        raise NotAFrame("a masked frame from a server")
    return start, start + length


def posts(data: bytes | bytearray, end: int, numbers: list[int], others: list[Frame]) -> int:
    """Read the whole frames of `data[:end]`; how many bytes they are.

    The numbers of posts are appended to `numbers`, all other frames to `others`. This runs for each delivery: it looks
    at the header, searches for the mark, and decodes nothing.
    """
    at, find = 0, data.find
    while True:
        start, stop = payload_at(data, at, end)
        if stop > end:
            return at
        mark = find(MARK, start, stop) if data[at] == WHOLE | TEXT else -1
        if mark >= 0:
            mark += len(MARK)
            numbers.append(int(data[mark : mark + DIGITS]))
        else:
            others.append(frame_at(data, at, start, stop))
        at = stop


def frames(data: bytes) -> Iterator[tuple[Frame, int]]:
    """The whole frames of `data`, each with where it ends."""
    at = 0
    while True:
        start, stop = payload_at(data, at, len(data))
        if stop > len(data):
            return
        yield frame_at(data, at, start, stop), stop
        at = stop


def frame_at(data: bytes | bytearray, at: int, start: int, stop: int) -> Frame:
    if data[at] & 0xF0 != WHOLE:
        raise NotAFrame(f"a frame that begins with {data[at]:#x}")
    return data[at] & 0x0F, bytes(data[start:stop])
