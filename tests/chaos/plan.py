"""Which faults, in which order."""

import random
from collections.abc import Sequence
from fnmatch import fnmatchcase

from tests.chaos.fault import AtOnce, Fault
from tests.chaos.harm import SERVICES, Harm

# Of the faults at random, so many come two at once: one in three.
TWO_AT_ONCE = 3


def all_faults(harm: Harm) -> list[Fault]:
    """Every kind on every service, so that each service has time to recover before its turn comes again."""
    kinds = (harm.kill, harm.restart, harm.pause, harm.disconnect)
    return [*(kind(service) for kind in kinds for service in SERVICES), harm.wipe(), harm.deploy()]


def chosen(faults: Sequence[Fault], patterns: str) -> list[Fault]:
    """Those whose name fits one of the patterns, which are separated by commas: `kill ws`, `kill *`, `* redis`.

    Raises ValueError for a pattern that fits none.
    """
    found: list[Fault] = []
    for pattern in (part.strip() for part in patterns.split(",")):
        fitting = [fault for fault in faults if fnmatchcase(fault.name, pattern)]
        if not fitting:
            raise ValueError(f"no fault is called {pattern!r}; there are: {', '.join(fault.name for fault in faults)}")
        found += fitting
    return found


def at_random(faults: Sequence[Fault], number: int, rng: random.Random) -> list[Fault | AtOnce]:
    """`number` times a fault, or two at once of two parts. No deploy: it may refuse on purpose what is not well."""
    single = [fault for fault in faults if fault.part != "deploy"]
    found: list[Fault | AtOnce] = []
    while single and len(found) < number:
        first = rng.choice(single)
        others = [fault for fault in single if fault.part != first.part]
        found.append(AtOnce([first, rng.choice(others)]) if others and not rng.randrange(TWO_AT_ONCE) else first)
    return found
