"""From the text of a frame to a typed request."""

import msgspec

from chat.errors import BadFrame, UnknownType
from chat.protocol import MAX_REQUEST_ID, REQUESTS, Envelope, PlainPost, Request, RequestId

# What msgspec raises for text that is not what was asked for: also for one that is nested too deep, and for a lone
# surrogate, which no UTF-8 has.
UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)


class FrameRefused(Exception):
    """A frame that is no request, with what is known of its id. `error` says why."""

    def __init__(
        self, error: BadFrame | UnknownType, request_id: RequestId | msgspec.UnsetType = msgspec.UNSET
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.request_id = request_id


def parse_request(text: str) -> Request:
    """A frame of the typed form. Raises FrameRefused."""
    envelope = _envelope(text)
    wanted = REQUESTS.get(envelope.type)
    if wanted is None:
        raise FrameRefused(UnknownType(f"There is no frame of the type {envelope.type[:40]!r}."), envelope.id)
    try:
        return msgspec.json.decode(text, type=wanted)
    except UNREADABLE as error:
        raise FrameRefused(BadFrame(f"This frame is not a {envelope.type}: {error}."), envelope.id) from error


def request_id_of(text: str) -> RequestId | msgspec.UnsetType:
    """The id of a frame that will not be carried out, where it has one."""
    try:
        return _envelope(text).id
    except FrameRefused:
        return msgspec.UNSET


def parse_plain(text: str) -> PlainPost:
    """A frame of the plain form. Raises BadFrame."""
    try:
        return msgspec.json.decode(text, type=PlainPost)
    except UNREADABLE as error:
        raise BadFrame('Send {"message": "…"} as JSON text.') from error


def _envelope(text: str) -> Envelope:
    try:
        envelope = msgspec.json.decode(text, type=Envelope)
    except UNREADABLE as error:
        raise FrameRefused(BadFrame(f"A frame is a JSON object with a type: {error}.")) from error
    if isinstance(envelope.id, str) and len(envelope.id) > MAX_REQUEST_ID:
        raise FrameRefused(BadFrame(f"An id has {MAX_REQUEST_ID} characters at most."))
    return envelope
