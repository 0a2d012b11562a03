"""Each entry is encoded once for each form of frame, however many sockets receive it."""

from collections.abc import Callable

from realtime.log import Entry

# What a socket wants to be told of an entry; None: nothing.
Encoder = Callable[[Entry], str | None]


class Frames:
    """The frames of one entry, each made when the first socket asks for it."""

    __slots__ = ("_entry", "_made")

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._made: dict[Encoder, str | None] = {}

    def of(self, encoder: Encoder) -> str | None:
        if encoder not in self._made:
            self._made[encoder] = encoder(self._entry)
        return self._made[encoder]
