"""Their programs."""

import pytest

from accounts.models import User
from chat.models import Room
from tests.chat.api.program import Program, program_of
from tests.people import is_in


@pytest.fixture
def anas(ana: User) -> Program:
    return program_of(ana)


@pytest.fixture
def bertos(berto: User) -> Program:
    return program_of(berto)


@pytest.fixture
def carlas(carla: User, lobby: Room) -> Program:
    """Of the outsider."""
    assert not is_in(lobby, carla)
    return program_of(carla)
