"""What an event stream says: the frames of the typed form, as Server-Sent Events."""

import msgspec

from chat.protocol import Reconnect, Unsubscribed, encode
from realtime.event_stream import sse_frame
from realtime.log import Entry
from realtime.replay import Replay


class StreamSubscribed(msgspec.Struct, tag="subscribed"):
    """The typed form's answer, without the events: those follow as events of the stream."""

    room: str
    seq: int
    recovered: bool


def sse_event(entry: Entry) -> str:
    """The log's payload is one line of JSON."""
    return sse_frame(entry.payload, seq=entry.seq)


def sse_subscribed(room: str, replay: Replay) -> str:
    """How the stream begins, and what was missed."""
    subscribed = StreamSubscribed(room=room, seq=replay.seq, recovered=replay.recovered)
    return sse_frame(encode(subscribed), event="subscribed") + "".join(map(sse_event, replay.entries))


def sse_unsubscribed(room: str, reason: str) -> str:
    return sse_frame(encode(Unsubscribed(room=room, reason=reason)), event="unsubscribed")


def sse_reconnect(after_ms: int) -> str:
    return sse_frame(encode(Reconnect(after_ms=after_ms)), event="reconnect")


def sse_ephemeral(payload: str) -> str:
    """What is in no log has no seq, and a type of its own, so that it is not taken for an event."""
    return sse_frame(payload, event="typing")
