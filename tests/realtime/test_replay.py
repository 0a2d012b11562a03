"""What somebody gets who was away."""

import pytest

from realtime.memory import Memory
from realtime.replay import REPLAY_LIMIT, Replay, StreamGone, read_replay
from realtime.stream import Stream
from tests.realtime.doubles import STREAM, ListedLog


def stream_at(log: ListedLog, position: int | None = None) -> Stream:
    stream = Stream(STREAM, log, Memory())
    stream.start(log.head() if position is None else position)
    return stream


async def replay(
    log: ListedLog, *, since: int | None, as_of: int | None = None, position: int | None = None, key: str = "user:1"
) -> Replay:
    return await read_replay(
        stream_at(log, position),
        since=since,
        as_of=log.head() if as_of is None else as_of,
        keys=frozenset({key}),
    )


def seqs(found: Replay) -> list[int]:
    return [entry.seq for entry in found.entries]


async def test_without_since_it_starts_at_the_head() -> None:
    found = await replay(ListedLog(5), since=None)
    assert (found.seq, found.recovered, seqs(found)) == (5, True, [])


@pytest.mark.parametrize("since", [0, 1, 4, 5])
async def test_everything_after_since_is_read(since: int) -> None:
    found = await replay(ListedLog(5), since=since)
    assert (found.seq, found.recovered, seqs(found)) == (5, True, list(range(since + 1, 6)))


async def test_as_much_as_the_limit_is_recovered() -> None:
    found = await replay(ListedLog(REPLAY_LIMIT + 10), since=10)
    assert found.recovered
    assert seqs(found) == list(range(11, REPLAY_LIMIT + 11))


async def test_more_than_the_limit_is_not() -> None:
    found = await replay(ListedLog(REPLAY_LIMIT + 10), since=9)
    assert (found.seq, found.recovered, seqs(found)) == (REPLAY_LIMIT + 10, False, [])


@pytest.mark.parametrize("since", [6, 2**63])
async def test_ahead_of_the_log_nothing_is(since: int) -> None:
    found = await replay(ListedLog(5), since=since)
    assert (found.seq, found.recovered, seqs(found)) == (5, False, [])


async def test_what_was_committed_meanwhile_is_in_it() -> None:
    log = ListedLog(5)
    found = await replay(log, since=2, as_of=3, position=5)
    assert (found.seq, seqs(found)) == (5, [3, 4, 5])


async def test_without_since_it_starts_where_the_live_entries_go_on() -> None:
    found = await replay(ListedLog(5), since=None, as_of=3, position=5)
    assert (found.seq, found.recovered, seqs(found)) == (5, True, [])


async def test_what_the_live_path_has_not_passed_yet_is_in_it() -> None:
    found = await replay(ListedLog(5), since=2, as_of=5, position=3)
    assert (found.seq, seqs(found)) == (5, [3, 4, 5])


async def test_a_stream_that_has_gone_meanwhile_is_gone() -> None:
    log = ListedLog(5)
    stream = stream_at(log)
    log.entries.clear()
    with pytest.raises(StreamGone):
        await read_replay(stream, since=2, as_of=5, keys=frozenset())


# --- removed between the check of the right and the subscription ---


@pytest.mark.parametrize("since", [None, 0, 3, 4, 5, 6, 7, 2**63])
async def test_who_was_removed_meanwhile_gets_nothing(since: int | None) -> None:
    log = ListedLog(5)
    log.append(cut="user:2")
    log.append()
    with pytest.raises(StreamGone):
        await replay(log, since=since, as_of=5, position=7, key="user:2")
    assert await replay(log, since=since, as_of=5, position=7, key="user:1")


@pytest.mark.parametrize("since", [0, 10, REPLAY_LIMIT])
async def test_who_was_removed_meanwhile_gets_nothing_however_far_behind(since: int) -> None:
    log = ListedLog(2 * REPLAY_LIMIT)
    log.append(cut="user:2")
    log.append()
    with pytest.raises(StreamGone):
        await replay(log, since=since, as_of=2 * REPLAY_LIMIT, position=log.head(), key="user:2")


async def test_who_was_removed_and_added_again_before_the_check_may_listen() -> None:
    log = ListedLog(3)
    log.append(cut="user:2")
    log.append()
    found = await replay(log, since=3, as_of=5, position=5, key="user:2")
    assert seqs(found) == [4, 5]
