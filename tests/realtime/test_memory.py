"""What a process remembers of its streams, and how much of it."""

import pytest

from realtime.log import Entry
from realtime.memory import Memory


def entry(seq: int, *, stream: str = "room.1", size: int = 1) -> Entry:
    return Entry(stream=stream, seq=seq, payload="x" * size)


def entries(*seqs: int) -> list[Entry]:
    return [entry(seq) for seq in seqs]


def remembering(*seqs: int, **bounds: int) -> Memory:
    memory = Memory(**bounds)
    for seq in seqs:
        memory.append(entry(seq))
    return memory


def seqs(found: list[Entry] | None) -> list[int] | None:
    return None if found is None else [one.seq for one in found]


@pytest.mark.parametrize(("after", "found"), [(3, [4, 5, 6]), (4, [5, 6]), (5, [6]), (6, []), (2, None), (0, None)])
def test_it_gives_what_follows_as_far_back_as_it_reaches(after: int, found: list[int] | None) -> None:
    assert seqs(remembering(4, 5, 6).after("room.1", after)) == found


def test_a_stream_that_it_does_not_know_has_nothing() -> None:
    memory = remembering(1, 2)
    assert memory.after("room.2", 0) is None
    assert memory.first("room.2") is None


def test_what_was_read_from_the_log_goes_before_it() -> None:
    memory = remembering(5, 6)
    memory.prepend("room.1", entries(2, 3, 4))
    assert memory.first("room.1") == 2
    assert seqs(memory.after("room.1", 1)) == [2, 3, 4, 5, 6]


def test_a_jump_forgets_what_came_before() -> None:
    memory = remembering(1, 2)
    memory.append(entry(4))
    assert seqs(memory.after("room.1", 3)) == [4]
    assert memory.after("room.1", 1) is None


def test_a_stream_is_forgotten_when_nobody_listens() -> None:
    memory = remembering(1, 2)
    memory.forget("room.1")
    assert memory.after("room.1", 0) is None
    memory.append(entry(9))
    assert seqs(memory.after("room.1", 8)) == [9]


def test_one_stream_holds_so_many_entries() -> None:
    memory = remembering(*range(1, 8), entries=3)
    assert seqs(memory.after("room.1", 4)) == [5, 6, 7]
    assert memory.after("room.1", 3) is None


def test_one_stream_holds_so_many_bytes() -> None:
    memory = Memory(stream_bytes=10)
    for seq in (1, 2, 3):
        memory.append(entry(seq, size=4))
    assert seqs(memory.after("room.1", 1)) == [2, 3]
    assert memory.after("room.1", 0) is None


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    memory = Memory(stream_bytes=10)
    memory.append(entry(1, size=11))
    assert memory.after("room.1", 0) is None
    memory.append(entry(2, size=3))
    assert seqs(memory.after("room.1", 1)) == [2]


def test_what_does_not_fit_before_is_dropped_from_its_old_end() -> None:
    memory = remembering(5, 6, entries=4)
    memory.prepend("room.1", entries(2, 3, 4))
    assert memory.first("room.1") == 3


def test_all_streams_together_hold_so_many_bytes_and_the_quietest_gives_way() -> None:
    memory = Memory(total_bytes=30)
    for stream in ("room.1", "room.2", "room.1"):
        memory.append(entry((memory.first(stream) or 0) + 1, stream=stream, size=10))
    memory.append(entry(3, size=10))
    assert memory.after("room.2", 0) is None
    assert seqs(memory.after("room.1", 0)) == [1, 2, 3]


def test_what_is_forgotten_makes_room() -> None:
    memory = Memory(total_bytes=20)
    memory.append(entry(1, size=15))
    memory.forget("room.1")
    for stream in ("room.2", "room.3"):
        memory.append(entry(1, stream=stream, size=10))
    assert seqs(memory.after("room.2", 0)) == [1]
