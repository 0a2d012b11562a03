"""Those who ask at the same time share a look; one who asks alone waits for nobody; nobody suffers for another."""

import asyncio
from collections.abc import Mapping

import pytest

from realtime.shared_look import SharedLook
from tests.realtime.doubles import happens


class Register:
    """What is asked; it answers when it is let, and knows everything but zero."""

    def __init__(self) -> None:
        self.looks: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failures = 0

    async def look(self, questions: list[int]) -> Mapping[int, str]:
        self.looks.append(questions)
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("nobody is there")
        return {question: f"answer {question}" for question in questions if question}


@pytest.fixture
async def register() -> Register:
    return Register()


def shared(register: Register, *, at_most: int = 100) -> SharedLook[int, str]:
    return SharedLook(register.look, at_most=at_most, rest_seconds=0)


async def test_one_alone_is_answered(register: Register) -> None:
    look = shared(register)
    assert [await look.ask(1), await look.ask(0), await look.ask(1)] == ["answer 1", None, "answer 1"]
    assert register.looks == [[1], [0], [1]]


@pytest.mark.parametrize("number", [2, 10, 100])
async def test_many_at_once_share_one_look(register: Register, number: int) -> None:
    look = shared(register)
    answers = await asyncio.gather(*(look.ask(question) for question in range(1, number + 1)))
    assert answers == [f"answer {question}" for question in range(1, number + 1)]
    assert register.looks == [list(range(1, number + 1))]


async def test_the_same_question_is_asked_once(register: Register) -> None:
    look = shared(register)
    assert await asyncio.gather(*(look.ask(7) for _ in range(5))) == ["answer 7"] * 5
    assert register.looks == [[7]]


async def test_who_comes_during_a_look_is_in_the_next(register: Register) -> None:
    """Also with a question that is being asked: what is found may be older than theirs."""
    look = shared(register)
    register.open.clear()
    first = asyncio.ensure_future(look.ask(1))
    await happens(lambda: register.looks)
    late = [asyncio.ensure_future(look.ask(question)) for question in (1, 2, 3)]
    await asyncio.sleep(0)
    register.open.set()
    assert await asyncio.gather(first, *late) == ["answer 1", "answer 1", "answer 2", "answer 3"]
    assert register.looks == [[1], [1, 2, 3]]


async def test_no_look_is_for_too_many(register: Register) -> None:
    look = shared(register, at_most=4)
    await asyncio.gather(*(look.ask(question) for question in range(10)))
    assert [len(questions) for questions in register.looks] == [4, 4, 2]


async def test_a_failure_reaches_those_who_asked_and_nobody_else(register: Register) -> None:
    look = shared(register, at_most=2)
    register.failures = 1
    answers = await asyncio.gather(*(look.ask(question) for question in (1, 2, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError, OSError, str]
    assert await look.ask(4) == "answer 4"


async def test_who_leaves_harms_nobody(register: Register) -> None:
    look = shared(register)
    register.open.clear()
    asking = [asyncio.ensure_future(look.ask(question)) for question in (1, 1, 2)]
    await happens(lambda: register.looks)
    late = asyncio.ensure_future(look.ask(3))
    await asyncio.sleep(0)
    for one in (asking[0], late):
        one.cancel()
    register.open.set()
    answers = await asyncio.gather(*asking, late, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["", "answer 1", "answer 2", ""]
    assert await look.ask(4) == "answer 4"


async def test_nothing_is_left_running(register: Register) -> None:
    before = asyncio.all_tasks()
    look = shared(register)
    await asyncio.gather(*(look.ask(question) for question in range(10)))
    await happens(lambda: asyncio.all_tasks() <= before)


async def test_whose_look_is_ended_waits_no_longer(register: Register) -> None:
    """As when the process leaves."""
    look = shared(register, at_most=1)
    register.open.clear()
    before = asyncio.all_tasks()
    asking = [asyncio.ensure_future(look.ask(question)) for question in (1, 2)]
    await happens(lambda: register.looks)
    [work] = asyncio.all_tasks() - before - set(asking)
    work.cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError] * 2


def test_each_loop_has_its_own() -> None:
    register = Register()
    look = shared(register)
    assert [asyncio.run(look.ask(question)) for question in (1, 2)] == ["answer 1", "answer 2"]
