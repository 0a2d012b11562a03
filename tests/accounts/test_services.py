"""How accounts come to be."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Installation, User
from accounts.selectors import is_join_code, is_set_up
from accounts.services import (
    AlreadySetUp,
    claim_installation,
    create_administrator,
    create_person,
    create_program,
    join_code,
    renew_join_link,
)
from tests.people import PASSWORD
from tests.threads import at_once

# --- people ---


def test_a_person_can_sign_in_and_is_no_more_than_that(db: None) -> None:
    ana = create_person(name="ana", password=PASSWORD)
    assert ana.check_password(PASSWORD)
    assert ana.is_active
    assert not ana.is_staff
    assert not ana.is_superuser
    assert not ana.is_program


def test_an_administrator_may_everything(db: None) -> None:
    ana = create_administrator(name="ana", password=PASSWORD)
    assert ana.is_staff
    assert ana.is_superuser


def test_a_program_has_no_password(db: None) -> None:
    bot = create_program(name="bot")
    assert bot.is_program
    assert not bot.has_usable_password()


def wrong_fields(error: ValidationError) -> set[str]:
    return set(error.message_dict)


@pytest.mark.parametrize("name", ["", " ", "ana maría", "ana/", "<ana>", "a" * 41, "ana\n", "ana\x00"])
def test_a_name_that_will_not_do_is_said_to_be_the_name(db: None, name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        create_person(name=name, password=PASSWORD)
    assert wrong_fields(refusal.value) == {"username"}
    with pytest.raises(ValidationError):
        create_program(name=name)
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["ñandú", "أحمد", "李", "ana.maria", "ana-maria", "ana@home", "a" * 40, "7"])
def test_names_are_not_only_english(db: None, name: str) -> None:
    assert create_person(name=name, password=PASSWORD).username == name


def test_two_spellings_of_the_same_letters_are_one_name(db: None) -> None:
    create_person(name="jose\u0301", password=PASSWORD)
    assert User.objects.get().username == "josé"
    with pytest.raises(ValidationError):
        create_person(name="josé", password=PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "password123", "1234567890", "berto-berto"])
def test_a_password_that_will_not_do_is_said_to_be_the_password(db: None, password: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        create_person(name="berto-berto", password=password)
    assert wrong_fields(refusal.value) == {"password"}
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["ana", "Ana", "ANA"])
def test_a_name_is_taken_whatever_its_case(ana: User, name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        create_person(name=name, password=PASSWORD)
    assert wrong_fields(refusal.value) == {"username"}
    with pytest.raises(ValidationError):
        create_program(name=name)


def test_of_two_who_take_a_name_at_the_same_moment_one_has_it(transactional_db: None) -> None:
    outcomes = at_once(
        lambda: create_person(name="ana", password=PASSWORD),
        lambda: create_person(name="ANA", password=PASSWORD),
        lambda: create_person(name="Ana", password=PASSWORD),
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert len(refused) == 2
    assert all(wrong_fields(error) == {"username"} for error in refused)
    assert User.objects.count() == 1


# --- the installation ---


def test_an_installation_is_claimed_once(db: None) -> None:
    assert not is_set_up()
    claim_installation()
    assert is_set_up()
    with pytest.raises(AlreadySetUp):
        claim_installation()
    assert Installation.objects.count() == 1


# --- the join link ---


def test_a_renewed_join_link_is_another_one(ana: User) -> None:
    before = join_code()
    assert is_join_code(before)
    renew_join_link()
    assert join_code() != before
    assert is_join_code(join_code())
    assert not is_join_code(before)


@pytest.mark.parametrize("code", ["", "wrong", "ñ", "\x00"])
def test_no_other_code_is_the_join_code(ana: User, code: str) -> None:
    assert not is_join_code(code)


def test_before_the_first_run_no_code_is_the_join_code(db: None) -> None:
    assert not is_join_code("")


# --- where Django's own command made the first person ---


def test_nobody_takes_over_where_people_were_made_by_other_means(db: None) -> None:
    User.objects.create_superuser(username="ana", password=PASSWORD)
    assert is_set_up()
    with pytest.raises(AlreadySetUp):
        claim_installation()


def test_a_program_alone_does_not_end_the_first_run(db: None) -> None:
    create_program(name="bot")
    assert not is_set_up()
    assert claim_installation()


def test_the_join_link_is_there_without_a_first_run(db: None) -> None:
    User.objects.create_superuser(username="ana", password=PASSWORD)
    assert is_join_code(join_code())
    assert join_code() == join_code()
