"""What the figures come to, in plain words."""

import textwrap
from collections.abc import Iterator, Sequence
from math import ceil

from tests.load.size.capacity import Costs, Habits, Limit, Stack, in_one_room, limits, worth

WIDTH = 100
# Where all workers together hold less than so many times what one holds, another one is not what is lacking.
WORTH_A_WORKER = 1.3


def answer(costs: Costs, stack: Stack, habits: Habits) -> str:
    """What `./run size` prints."""
    found = limits(costs, stack, habits)
    paragraphs = [*conclusions(found, costs, stack, habits), "\n".join(table(found)), assumptions(costs, habits)]
    return "\n\n".join(text if "\n" in text else textwrap.fill(text, WIDTH) for text in paragraphs)


def conclusions(found: Sequence[Limit], costs: Costs, stack: Stack, habits: Habits) -> Iterator[str]:
    first = found[0]
    people = worth(first.people)
    rooms = max(worth(people / habits.room), 1)
    yield (
        f"One ws worker holds about {people:,} people here, in {rooms:,} rooms of {habits.room:,}, each of whom writes "
        f"once in {minutes(habits)}: {worth(people * habits.rate * habits.room):,} deliveries a second."
    )
    yield f"What runs out first: {first.what}. To hold more, add {first.more}. {beyond(found)}".rstrip()
    crowd = worth(in_one_room(costs, stack, habits))
    yield f"If all were in one and the same room, about {crowd:,} could be, since everybody reads what anybody writes."


def beyond(found: Sequence[Limit]) -> str:
    """How far more workers go."""
    first = found[0]
    shared = next(limit for limit in found if limit.shared)
    if first.shared:
        return ""
    workers = ceil(shared.people / first.people)
    if shared.people < WORTH_A_WORKER * first.people:
        return (
            f"A second worker alone helps little on this machine: at about {worth(shared.people):,} people the end of "
            f"{shared.what} is reached, and it takes {shared.more}."
        )
    return (
        f"That helps up to {workers:,} workers with about {worth(shared.people):,} people in all; there the end of "
        f"{shared.what} is reached, and it takes {shared.more}."
    )


def table(found: Sequence[Limit]) -> Iterator[str]:
    """Each limit and how it was reckoned."""
    yield f"{'What runs out':<22}{'people':>10}   reckoned from"
    for limit in found:
        first, *more = textwrap.wrap(limit.why, WIDTH - 35)
        yield f"{limit.what:<22}{worth(limit.people):>10,}   {first}"
        yield from (f"{'':<35}{line}" for line in more)


def assumptions(costs: Costs, habits: Habits) -> str:
    without = "" if costs.nginx else " nginx is not installed here and was not measured: with it cores end earlier."
    return (
        f"Assumed: one socket a person, all in rooms of {habits.room:,} who are there, one message of 150 bytes from "
        f"each in {minutes(habits)}; --room and --minutes change it. Measured with one worker, all on this machine, "
        "client included; the figures are rounded down to two places, and your people differ from these by more than "
        f"that.{without}"
    )


def minutes(habits: Habits) -> str:
    return "a minute" if habits.minutes == 1 else f"{habits.minutes:g} minutes"
