"""The command line: the first run and the tokens of programs."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Token, User
from accounts.tokens import find_token
from chat.models import Room
from tests.people import PASSWORD, is_in
from tests.rooms import room_of


def run(*command: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


# --- first_run ---


@pytest.fixture
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_RUN_PASSWORD", PASSWORD)


@pytest.mark.usefixtures("_password")
def test_the_first_run_without_a_browser(db: None) -> None:
    assert "ana" in run("first_run", "ana", "--room", "Sobremesa")
    assert User.objects.get(username="ana").check_password(PASSWORD)
    assert Room.objects.get().name == "Sobremesa"


@pytest.mark.usefixtures("_password")
def test_a_second_first_run_changes_nothing(ana: User) -> None:
    with pytest.raises(CommandError, match="already"):
        run("first_run", "carla")
    assert User.objects.get() == ana


def test_a_password_that_will_not_do_is_said(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_RUN_PASSWORD", "short")
    with pytest.raises(CommandError, match="password"):
        run("first_run", "ana")
    assert not User.objects.exists()


@pytest.mark.usefixtures("_password")
def test_a_name_that_will_not_do_is_said(db: None) -> None:
    with pytest.raises(CommandError, match="name"):
        run("first_run", "not a name")


# --- token ---


def test_a_token_is_printed_alone(ana: User) -> None:
    printed = run("token", "bot")
    found = find_token(printed.strip())
    assert found is not None
    assert found.user.is_program
    assert printed == f"{printed.strip()}\n"


def test_the_program_is_joined_to_its_rooms(ana: User, lobby: Room) -> None:
    patio = room_of(ana, "patio", private=True)
    run("token", "bot", "--room", "lobby", "--room", "patio")
    bot = User.objects.get(username="bot")
    assert is_in(lobby, bot)
    assert is_in(patio, bot)


def test_a_second_token_is_the_same_programs(bot: User, lobby: Room) -> None:
    lobby.refresh_from_db()
    before = lobby.seq
    for name in ("bot", "BOT"):
        run("token", name, "--room", "lobby")
    assert User.objects.filter(is_program=True).count() == 1
    assert Token.objects.filter(user=bot).count() == 2
    lobby.refresh_from_db()
    assert lobby.seq == before


def test_a_room_that_does_not_exist_leaves_nothing_behind(ana: User) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        run("token", "bot", "--room", "lobby", "--room", "nowhere")
    assert not User.objects.filter(username="bot").exists()
    assert not Token.objects.exists()


def test_a_name_that_will_not_do_for_a_program_is_said(ana: User) -> None:
    with pytest.raises(CommandError, match="name"):
        run("token", "not a name")


def test_tokens_are_listed_without_giving_them_away(ana: User) -> None:
    token = run("token", "bot").strip()
    listed = run("token", "--list")
    assert "bot" in listed
    assert token[:12] in listed
    assert token[:20] not in listed
    assert Token.objects.get().digest not in listed


def test_a_token_is_revoked_by_its_number(ana: User) -> None:
    token = run("token", "bot").strip()
    number = run("token", "--list").split()[0]
    run("token", "--revoke", number)
    assert find_token(token) is None
    assert run("token", "--list") == ""


def test_a_number_that_is_none_is_said(ana: User) -> None:
    with pytest.raises(CommandError, match="no token number 7"):
        run("token", "--revoke", "7")


def test_the_command_wants_to_know_what_to_do(ana: User) -> None:
    with pytest.raises(CommandError):
        run("token")
