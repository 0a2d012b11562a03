"""What has just failed is not asked again at once."""

from realtime.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_open_for_a_while_after_a_failure() -> None:
    clock = Clock()
    breaker = Breaker(seconds=1, clock=clock)
    assert [breaker.open for clock.now in (0.0, 1.0)] == [False, False]
    breaker.failed()
    assert [breaker.open for clock.now in (1.0, 1.9, 2.0)] == [True, True, False]
    breaker.failed()
    assert breaker.open
