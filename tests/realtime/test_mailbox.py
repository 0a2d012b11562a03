"""What waits for an application: in order, each once, and whoever is cancelled has taken nothing."""

import asyncio

from realtime.mailbox import Mailbox
from tests.realtime.doubles import happens


def message(number: int) -> dict[str, int]:
    return {"number": number}


async def test_messages_are_taken_in_order() -> None:
    mailbox = Mailbox()
    for number in range(3):
        mailbox.put_nowait(message(number))
    assert (mailbox.qsize(), mailbox.empty()) == (3, False)
    assert [await mailbox.get() for _ in range(3)] == [message(0), message(1), message(2)]
    assert (mailbox.qsize(), mailbox.empty()) == (0, True)


async def test_who_waits_is_given_the_next_one() -> None:
    mailbox = Mailbox()
    waiting = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    mailbox.put_nowait(message(1))
    assert await waiting == message(1)


async def test_two_who_wait_get_one_each() -> None:
    mailbox = Mailbox()
    waiting = [asyncio.create_task(mailbox.get()) for _ in range(2)]
    await asyncio.sleep(0)
    mailbox.put_nowait(message(1))
    await happens(lambda: any(task.done() for task in waiting))
    assert [task.done() for task in waiting] == [True, False]
    mailbox.put_nowait(message(2))
    assert await asyncio.gather(*waiting) == [message(1), message(2)]


async def test_who_is_cancelled_while_a_message_comes_leaves_it() -> None:
    """Channels cancels a `receive` that it no longer waits for."""
    mailbox = Mailbox()
    waiting = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put_nowait(message(1))
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    assert await mailbox.get() == message(1)


async def test_it_is_said_when_one_was_taken() -> None:
    left: list[int] = []
    mailbox = Mailbox(lambda: left.append(mailbox.qsize()))
    mailbox.put_nowait(message(1))
    mailbox.put_nowait(message(2))
    assert left == []
    await mailbox.get()
    await mailbox.get()
    assert left == [1, 0]
