"""What a run shows while it goes on: on a terminal one line that counts, elsewhere a line a fault."""

import sys
import time
from typing import TextIO

from tests.chaos.scenario import Row, Run


class Screen:
    """`steps`: how many rows there will be."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._start = time.monotonic()
        self.steps = 0
        self.run: Run | None = None

    def say(self, what: str) -> None:
        """A line, with the time since the beginning."""
        self.write(f"[{self._time()}] {what}\n")

    def write(self, what: str) -> None:
        self._clear()
        self._stream.write(what)
        self._stream.flush()

    def going_on(self, name: str) -> None:
        """Called twice a second."""
        if self._live and self.run is not None:
            counts, crowd = self.run.total, self.run.crowd
            there = len(crowd.clients) - crowd.missing
            self._clear()
            self._stream.write(
                f"[{self._time()}] {self._step()} {name}: {there} of {len(crowd.accounts)} well, "
                f"{counts.posted:,} posted, {counts.acknowledged:,} acknowledged, {counts.delivered:,} delivered"
            )
            self._stream.flush()

    def row(self, row: Row) -> None:
        counts = row.counts
        wrong = f"{counts.lost} lost, {counts.doubled} doubled, {counts.out_of_order} out of order"
        back = "not all back" if row.back is None else f"all back after {row.back:.1f} s"
        self.say(f"{self._step()} {row.name}: {wrong}; {back}; silence {row.silence:.1f} s")

    def _step(self) -> str:
        return f"{len(self.run.rows) if self.run else 0}/{self.steps}"

    def _time(self) -> str:
        seconds = int(time.monotonic() - self._start)
        return f"{seconds // 60:3d}:{seconds % 60:02d}"

    def _clear(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[K")
