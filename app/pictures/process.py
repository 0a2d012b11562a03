"""Has a picture decoded in a process of its own: bounded in memory and time, one at a time, gone when it is done."""

import errno
import fcntl
import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

APP = Path(__file__).resolve().parent.parent

# A thread that waits answers nobody else: two of a process's four may.
WAITING = 2
# Seconds. The largest pictures take two; the kernel ends the decoder after 15 of work (decode.py).
TURN_SECONDS = 20
ANSWER_SECONDS = 25


class TooLarge(Exception):
    """A picture of too many pixels, or one that takes too much memory to decode."""


class Busy(Exception):
    """Others' pictures come first: try again in a moment."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What browsers can show. Sizes in pixels, as it is seen: turned where it says so."""

    type: str
    width: int
    height: int
    thumb_width: int
    thumb_height: int


def look_at(source: Path, *, cleaned: Path, thumb: Path, box: tuple[int, int]) -> Picture | None:
    """Judge a file by its content; None where it is no picture that browsers show.

    Writes `thumb`, a WebP within `box`, and `cleaned`, the picture without where it was taken, if `source` said that.
    Raises TooLarge, Busy and OSError.
    """
    with _turns.one():
        answer = _ask(source, cleaned, thumb, *map(str, box))
    if answer.get("problem") == "too_large":
        raise TooLarge
    found = answer.get("picture")
    if found is None:
        return None
    width, height = found["size"]
    thumb_width, thumb_height = found["thumb"]
    return Picture(found["type"], width, height, thumb_width, thumb_height)


def _ask(*arguments: Path | str) -> dict[str, Any]:
    """What the decoder prints. One that dies of a picture has said that it is none."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "pictures.decode", *map(str, arguments)],
            cwd=APP,
            # Nothing of ours: there are secrets in it. One arena: each reserves 64 MB of what is bounded.
            env={"MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        logger.warning("a picture was not decoded in time")
        return {}
    if done.returncode != 0:
        error = done.stderr.decode(errors="replace")[-500:]
        logger.warning("a picture ended its decoder", extra={"code": done.returncode, "error": error})
        return {}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Turns:
    """One decoder at a time, in this process and in those that are forked from it: they share one container's memory.

    The kernel lets go of a process's lock when it ends, however it ends.
    """

    def __init__(self) -> None:
        self._waiting = threading.BoundedSemaphore(WAITING)
        self._thread = threading.Lock()
        # No name is left of it, and it stays open as long as the process.
        self._file, name = tempfile.mkstemp(prefix="tertulia-pictures-")
        Path(name).unlink()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises Busy where too many wait, or one waits for too long."""
        if not self._waiting.acquire(blocking=False):
            raise Busy
        try:
            deadline = time.monotonic() + TURN_SECONDS
            if not self._thread.acquire(timeout=TURN_SECONDS):
                raise Busy
            try:
                self._lock(deadline)
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
                self._thread.release()
        finally:
            self._waiting.release()

    def _lock(self, deadline: float) -> None:
        """POSIX's lock belongs to the process, not to the file that a fork shares with its parent."""
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in {errno.EACCES, errno.EAGAIN}:
                    raise
            else:
                return
            if time.monotonic() > deadline:
                raise Busy
            time.sleep(0.02)


# Made before gunicorn forks: apps.py loads this module.
_turns = Turns()
