"""How much one socket may ask for. The clock is the test's."""

import pytest

from realtime.limits import Patience, TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def bucket_of(clock: Clock) -> TokenBucket:
    """Two a second, five at once."""
    return TokenBucket(rate=2, burst=5, clock=clock)


def test_so_many_at_once_and_no_more(clock: Clock) -> None:
    bucket = bucket_of(clock)
    assert [bucket.take() for _ in range(7)] == [True] * 5 + [False] * 2


def test_so_many_a_second(clock: Clock) -> None:
    bucket = bucket_of(clock)
    for _ in range(5):
        bucket.take()
    assert bucket.wait == 0.5
    clock.now += 0.5
    assert bucket.take()
    assert not bucket.take()
    clock.now += 1.25
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    assert bucket.wait == 0.25


def test_a_long_pause_saves_up_no_more_than_the_burst(clock: Clock) -> None:
    bucket = bucket_of(clock)
    clock.now += 3600
    assert [bucket.take() for _ in range(6)] == [True] * 5 + [False]


def test_patience_ends_after_so_many_refusals(clock: Clock) -> None:
    patience = Patience(bucket_of(clock), refusals=3)
    assert all(patience.allows() for _ in range(5))
    for _ in range(3):
        assert not patience.allows()
        assert not patience.exhausted
    assert not patience.allows()
    assert patience.exhausted
    assert patience.wait == 0.5


def test_who_slows_down_has_it_back(clock: Clock) -> None:
    patience = Patience(bucket_of(clock), refusals=3)
    for _ in range(8):
        patience.allows()
    clock.now += 0.5
    assert patience.allows()
    for _ in range(3):
        assert not patience.allows()
    assert not patience.exhausted
