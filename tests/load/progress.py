"""What the bench shows while it goes on: on a terminal a line that is written anew, elsewhere a line a step."""

import time
from typing import TextIO

from tests.chaos.screen import Screen

BAR = 20


class Progress(Screen):
    """`steps`: how many there will be. What is left is guessed from those that are done."""

    def __init__(self, stream: TextIO, steps: int) -> None:
        super().__init__(stream)
        self.steps = steps
        self._done = 0
        self._label = ""
        self._began = time.monotonic()

    def begin(self, label: str) -> None:
        self._label = label
        if self._live:
            self.tick()
        else:
            self.say(f"{self._done + 1}/{self.steps} {label}")

    def end(self) -> None:
        self._done += 1

    def tick(self) -> None:
        """Called about twice a second."""
        if self._live:
            full = round(BAR * self._done / self.steps)
            bar = "█" * full + "░" * (BAR - full)
            self._clear()
            self._stream.write(f"[{self._time()}] {bar} {self._done + 1}/{self.steps} {self._label}{self._left()}")
            self._stream.flush()

    def finish(self) -> None:
        self._clear()

    def _left(self) -> str:
        if not self._done:
            return ""
        each = (time.monotonic() - self._began) / (self._done + 0.5)
        minutes = each * (self.steps - self._done - 0.5) / 60
        return f", about {minutes:.0f} min left" if minutes > 0.75 else ", nearly done"
