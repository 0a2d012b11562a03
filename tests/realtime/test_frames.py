"""Each form's frame of an entry is made once, and only if somebody wants it."""

from realtime.frames import Frames
from realtime.log import Entry

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
    assert [frames.of(loud), frames.of(silent), frames.of(loud), frames.of(silent)] == ["HOLA", None, "HOLA", None]
    assert made == ["loud", "silent"]
