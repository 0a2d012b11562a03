"""Streams and groups about which somebody wants to know that something happened, and no more."""

from collections.abc import Callable, Collection, Iterable, Mapping

# Called with the name of a stream.
Moved = Callable[[str], None]
# Called with the name of a group, and what was said to it.
Told = Callable[[str, str], None]


class Watches:
    """How far each watched stream is known to have come, and who is told when it goes on."""

    def __init__(self) -> None:
        self._seqs: dict[str, int] = {}
        self._moved: dict[str, Moved] = {}
        self._told: dict[str, Told] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._seqs

    @property
    def streams(self) -> Collection[str]:
        return self._seqs.keys()

    def watch(self, seqs: Mapping[str, int], moved: Moved) -> None:
        """`moved` is called when one of these streams goes beyond its seq, and each time that it does again."""
        self._seqs.update(seqs)
        self._moved.update(dict.fromkeys(seqs, moved))

    def unwatch(self, names: Iterable[str]) -> None:
        for name in names:
            self._seqs.pop(name, None)
            self._moved.pop(name, None)

    def hear(self, groups: Iterable[str], told: Told) -> None:
        self._told.update(dict.fromkeys(groups, told))

    def unhear(self, groups: Iterable[str]) -> None:
        for group in groups:
            self._told.pop(group, None)

    def reached(self, name: str, seq: int) -> None:
        """An entry passed by, or a look at the log found it."""
        if seq > self._seqs.get(name, seq):
            self._seqs[name] = seq
            self._moved[name](name)

    def ended(self, name: str) -> None:
        if name in self._seqs:
            self._moved[name](name)

    def compare(self, heads: Mapping[str, int], *, of: Iterable[str]) -> None:
        """Where these streams stand by the log; one that is not there has ended."""
        for name in of:
            if (head := heads.get(name)) is None:
                self.ended(name)
            else:
                self.reached(name, head)

    def notice(self, group: str, about: str) -> None:
        """Something was said to a group."""
        if (told := self._told.get(group)) is not None:
            told(group, about)
