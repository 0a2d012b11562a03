"""Their browsers."""

import pytest
from django.test import Client

from accounts.models import User
from chat.models import Room
from tests.people import browser_of, is_in


@pytest.fixture
def anas(ana: User) -> Client:
    return browser_of(ana).client


@pytest.fixture
def bertos(berto: User) -> Client:
    return browser_of(berto).client


@pytest.fixture
def carlas(carla: User, lobby: Room) -> Client:
    """Of the outsider."""
    assert not is_in(lobby, carla)
    return browser_of(carla).client
