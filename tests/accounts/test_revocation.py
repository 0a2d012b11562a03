"""The orders that go to all workers when a credential ends; tests/integration/ shows them carried out."""

from collections.abc import Iterator

import pytest
import redis
from django.db import transaction
from django.test import Client

from accounts.keys import all_sessions_key, session_key, token_key, user_key
from accounts.models import Revocation, Token, User
from accounts.services import change_about, change_password, sign_out_everywhere
from accounts.tokens import issue_token, revoke_token
from realtime.control import CONTROL_GROUP
from tests.people import PASSWORD, browser_of
from tests.redis_probe import Listener, listening


@pytest.fixture
def orders(transactional_db: None, redis_server: "redis.Redis", ana: User, berto: User) -> Iterator[Listener]:
    with listening(redis_server, CONTROL_GROUP) as listener:
        yield listener


def cut(key: str, code: int) -> dict[str, object]:
    """The newest order, which is kept for workers that Redis does not reach."""
    number = Revocation.objects.get(key=key, code=code).pk
    return {"type": "relay.cut", "number": number, "key": key, "code": code}


def test_signing_out_cuts_the_session(orders: Listener, berto: User) -> None:
    browser = browser_of(berto)
    key = browser.session_key
    orders.heard()
    browser.client.post("/sign-out/")
    assert orders.heard() == [cut(session_key(key), 4401)]


def test_signing_in_cuts_nobody(orders: Listener, berto: User) -> None:
    response = Client().post("/sign-in/", {"username": "berto", "password": PASSWORD})
    assert response.status_code == 302
    assert [order for order in orders.heard() if order["key"].startswith("user:")] == []


def test_deactivating_cuts_the_user(orders: Listener, berto: User) -> None:
    berto.is_active = False
    berto.save()
    assert orders.heard() == [cut(user_key(berto.pk), 4401)]


def test_a_new_password_makes_the_user_reconnect(orders: Listener, berto: User) -> None:
    berto.set_password("otra-cosa-muy-distinta")
    berto.save(update_fields=["password"])
    assert orders.heard() == [cut(user_key(berto.pk), 1012)]


def test_signing_out_everywhere_cuts_all_sessions_and_no_token(orders: Listener, berto: User) -> None:
    sign_out_everywhere(user=berto)
    assert orders.heard() == [cut(all_sessions_key(berto.pk), 4401)]


def test_a_password_that_is_changed_makes_the_user_reconnect(orders: Listener, berto: User) -> None:
    change_password(user=berto, password="otra-cosa-muy-distinta")
    assert orders.heard() == [cut(user_key(berto.pk), 1012)]


def test_what_a_user_says_of_themselves_cuts_nobody(orders: Listener, berto: User) -> None:
    change_about(user=berto, about="Bakes bread.")
    assert orders.heard() == []


def test_anything_else_about_a_user_cuts_nobody(orders: Listener, berto: User) -> None:
    stored = User.objects.get(pk=berto.pk)
    stored.is_staff = True
    stored.save()
    stored.refresh_from_db()
    stored.save()
    assert orders.heard() == []


def test_a_new_user_cuts_nobody(orders: Listener) -> None:
    User.objects.create_user("dora", password=PASSWORD)
    assert orders.heard() == []


def test_revoking_a_token_cuts_it(orders: Listener, bot: User) -> None:
    issue_token(user=bot)
    number = Token.objects.get().pk
    orders.heard()
    revoke_token(token_id=number)
    revoke_token(token_id=number + 1)
    assert orders.heard() == [cut(token_key(number), 4401)]


def test_what_is_rolled_back_cuts_nobody(orders: Listener, berto: User) -> None:
    with transaction.atomic():
        berto.is_active = False
        berto.save()
        transaction.set_rollback(True)
    assert orders.heard() == []
    assert User.objects.get(pk=berto.pk).is_active
