"""An event loop whose time passes when a test says so: no test that waits for seconds takes them."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

# As many turns at one moment as only work that never ends takes: something runs without waiting for anything.
BUSY = 5_000


class _Clock(selectors.SelectSelector):
    """Where a loop waits. This one never does: it moves the time on, or ends the run when there is nothing to do."""

    now = 0.0
    until = 0.0
    turns: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self._turns_of_this_moment = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout <= 0:
            self._take_turn()
        else:
            self._turns_of_this_moment = 0
            if timeout is None or self.now + timeout > self.until:
                self.now = self.until
                self.stop()
            else:
                self.now += timeout
        return []

    def stop(self) -> None:
        """Ends the run; the loop sets this."""

    def _take_turn(self) -> None:
        self._turns_of_this_moment += 1
        assert self._turns_of_this_moment < BUSY, "something runs without end"
        if self.turns is not None:
            if self.turns <= 0:
                self.stop()
            self.turns -= 1


class SteppedLoop(asyncio.SelectorEventLoop):
    """asyncio's own, with a clock of the test's. `failures`: what nobody caught, as asyncio would log it."""

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)
        self._clock.stop = self.stop  # type: ignore[method-assign]
        self.failures: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.failures.append(context))

    def time(self) -> float:
        return self._clock.now

    def let_pass(self, seconds: float = 0.0) -> None:
        """Whatever is due within `seconds` happens; with 0: all that can happen at this moment."""
        self._clock.turns = None
        self._clock.until = self._clock.now + seconds
        self.run_forever()

    def take_turns(self, number: int) -> None:
        """A part of what can happen at this moment: so many turns of the loop at the most."""
        self._clock.turns = number
        self._clock.until = self._clock.now
        self.run_forever()

    def do(self, deed: Callable[[], None]) -> None:
        """Something that is done at once, on the loop."""

        async def done() -> None:
            deed()

        task = self.create_task(done())
        self.take_turns(1)
        task.result()

    def work(self) -> list[str]:
        """What is under way, by the names of the coroutines."""
        return sorted(str(task.get_coro()).split(" at ")[0] for task in asyncio.all_tasks(self))

    def finish(self) -> None:
        """Cancel what is under way, and close."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.take_turns(BUSY // 2)
        self.close()
