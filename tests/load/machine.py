"""What the bench needs of the machine, and what it is."""

import importlib.metadata
import platform
import resource

from tests.chaos import facts
from tests.stack.checkout import ROOT

# Open files of a process that are no sockets of the bench, and some to spare.
FILES_BESIDE = 100


def take_all_files() -> int:
    """As many open files as may be had: a socket is one. The number."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def files_lacking(sockets: int) -> str:
    """Why a process here cannot have so many sockets; empty if it can."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = sockets + FILES_BESIDE
    if needed <= most or most == resource.RLIM_INFINITY:
        return ""
    return f"a process needs {needed:,} open files, and {most:,} is the limit here (`ulimit -Hn`)"


def described() -> dict[str, str]:
    return {name: what for name, what in facts.machine().items() if name != "when"}


def own_versions() -> dict[str, str]:
    """Of what the bench and Tertulia are made of."""
    made_of = ("django", "channels", "daphne", "twisted", "autobahn", "redis", "channels-redis", "psycopg", "msgspec")
    return {
        "Tertulia": facts.first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty") or "no commit",
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in made_of},
    }
