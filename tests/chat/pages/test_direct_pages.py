"""The page on which direct messages begin."""

import pytest
from django.test import Client

from accounts.models import User
from chat.directs import MAX_OTHERS, MAX_SILENT, open_direct
from chat.models import Room
from tests.page import Elements, said
from tests.people import browser_of, is_in, newcomer
from tests.rooms import room_of

PAGE = "/directs/new/"


def found(client: Client, query: str = "") -> list[str]:
    return [person.username for person, _ in client.get(PAGE + query).context["found"]]


def chosen(client: Client, query: str) -> list[str]:
    return [person.username for person, _ in client.get(PAGE + query).context["chosen"]]


def test_people_are_found_by_how_their_name_begins(anas: Client, berto: User, bot: User, carla: User) -> None:
    assert found(anas) == ["berto", "bot", "carla"]
    assert found(anas, "?q=B") == ["berto", "bot"]
    assert found(anas, "?to=carla") == ["carla"]
    assert found(anas, "?q=ana") == found(anas, "?q=%00") == []


def test_people_are_chosen_one_by_one(anas: Client, berto: User, carla: User) -> None:
    page = anas.get(f"{PAGE}?q=b")
    [(person, choose)] = page.context["found"]
    assert person == berto
    assert chosen(anas, choose) == ["berto"]
    assert found(anas, choose) == ["carla"]
    [(person, choose_both)] = anas.get(PAGE + choose).context["found"]
    assert chosen(anas, choose_both) == ["berto", "carla"]
    [_, (person, without)] = anas.get(PAGE + choose_both).context["chosen"]
    assert chosen(anas, without) == ["berto"]


def test_what_is_nobodys_id_chooses_nobody(ana: User, anas: Client, berto: User) -> None:
    berto.is_active = False
    berto.save()
    assert chosen(anas, f"?people=x&people=-1&people={10**30}&people={berto.pk}&people={ana.pk}") == []


def test_the_form_of_who_is_chosen_leads_to_the_room(anas: Client, ana: User, berto: User, carla: User) -> None:
    elements = Elements(anas.get(f"{PAGE}?people={berto.pk}&people={carla.pk}").content.decode()).elements
    hidden = [attributes["value"] for tag, attributes in elements if attributes.get("name") == "people"]
    assert set(hidden) == {str(berto.pk), str(carla.pk)}
    response = anas.post(PAGE, {"people": hidden})
    room = Room.objects.get(kind="direct")
    assert response.headers["Location"] == f"/rooms/{room.slug}/"
    assert all(is_in(room, user) for user in (ana, berto, carla))
    assert "berto, carla" in anas.get(f"/rooms/{room.slug}/").content.decode()
    assert anas.post(PAGE, {"people": hidden}).headers["Location"] == f"/rooms/{room.slug}/"


def test_nobody_chosen_makes_notes_to_oneself(anas: Client, ana: User) -> None:
    anas.post(PAGE)
    room = Room.objects.get(kind="direct")
    assert list(room.memberships.values_list("user", flat=True)) == [ana.pk]
    assert anas.get("/").status_code == 200


def test_too_many_are_refused_in_words(anas: Client, ana: User) -> None:
    people = [newcomer(f"guest-{number}").pk for number in range(MAX_OTHERS + 1)]
    response = anas.post(PAGE, {"people": people})
    assert response.headers["Location"] == PAGE
    assert len(said(response)) == 1
    assert not Room.objects.filter(kind="direct").exists()
    full = anas.get(f"{PAGE}?{'&'.join(f'people={pk}' for pk in people[:-1])}")
    assert not full.context["can_choose"]


def test_who_has_begun_too_many_is_refused_in_words(anas: Client, ana: User, berto: User) -> None:
    for number in range(MAX_SILENT):
        open_direct(by=ana, people=[newcomer(f"guest-{number}")])
    response = anas.post(PAGE, {"people": [berto.pk]})
    assert response.headers["Location"] == PAGE
    assert len(said(response)) == 1


def test_it_is_said_whose_rooms_are_full(
    anas: Client, ana: User, berto: User, carla: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        room_of(carla, f"room-{number}")
    monkeypatch.setattr("chat.services.MAX_ROOMS", 4)
    monkeypatch.setattr("chat.services.OWN_ROOMS", 1)
    response = anas.post(PAGE, {"people": [berto.pk, carla.pk]})
    assert response.headers["Location"] == PAGE
    assert said(response) == ["carla cannot be added to more rooms."]
    response = browser_of(carla).client.post(PAGE, {"people": [ana.pk]})
    assert response.headers["Location"].startswith("/rooms/dm-"), "what one begins oneself is one's own"
    response = browser_of(carla).client.post(PAGE, {"people": [berto.pk]})
    assert said(response) == ["You are in as many rooms as one can look after. Leave one first."]


def test_it_is_for_who_is_signed_in_and_a_form_of_ours(client: Client, ana: User) -> None:
    assert client.get(PAGE).headers["Location"] == f"/sign-in/?next={PAGE}"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ana)
    assert strict.post(PAGE).status_code == 403
    assert not Room.objects.filter(kind="direct").exists()
