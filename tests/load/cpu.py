"""How much CPU the processes of each role used: user and system, all threads, their children too."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")

# clock_getcpuclockid(3) for another process: the kernel's own way to write "the CPU time of all threads of this pid".
SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class Times:
    """Of one line of /proc/<pid>/stat: seconds, of the process and of those of its children that have ended."""

    parent: int
    own: float
    ended_children: float


class Meter:
    """Reads when it is entered and when it is left. A process that has ended before is not counted."""

    def __init__(self, roles: Mapping[str, Sequence[int]]) -> None:
        self._roles = roles
        self._before: dict[str, float] = {}
        self._used: dict[str, float] = {}
        self._since = 0
        self.wall = 0.0  # seconds

    def __enter__(self) -> Self:
        self._before = totals(self._roles)
        self._since = time.monotonic_ns()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        after = totals(self._roles)
        self.wall = (time.monotonic_ns() - self._since) / 1e9
        self._used = {role: after[role] - before for role, before in self._before.items()}

    def seconds(self, role: str) -> float:
        """Of CPU; 0 for a role that there is not."""
        return self._used.get(role, 0.0)


def totals(roles: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Seconds of CPU that each role has used since its processes began."""
    table = processes()
    return {role: sum(used(pid, table) for pid in pids) for role, pids in roles.items()}


def used(pid: int, table: Mapping[int, Times]) -> float:
    """By a process and all that come from it. What a child that has ended used is its parent's: no sum ever falls."""
    if pid not in table:
        return 0.0
    children = sum(used(child, table) for child, times in table.items() if times.parent == pid)
    return precise(pid, table[pid]) + table[pid].ended_children + children


def precise(pid: int, times: Times) -> float:
    """To the nanosecond where the kernel says so; /proc counts in ticks of 10 ms."""
    try:
        return time.clock_gettime_ns((~pid << 3) | SCHEDULED) / 1e9
    except (OSError, OverflowError):
        return times.own


def processes() -> dict[int, Times]:
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                found[int(folder.name)] = times_of((folder / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
    return found


def times_of(stat: str) -> Times:
    """A process names itself as it likes, with spaces and brackets: what counts comes after the last one."""
    fields = stat.rpartition(")")[2].split()
    user, system, children_user, children_system = (int(field) for field in fields[11:15])
    return Times(int(fields[1]), (user + system) / TICKS, (children_user + children_system) / TICKS)
