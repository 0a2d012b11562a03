"""Order in rooms: roles, mutes, the archive, the log; and direct messages. Who is in it learns of it at once, over two
workers; the outsider never does."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.models import User
from accounts.services import join_code
from chat import services
from chat.models import Membership, Room
from chat.roles import change_member
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.people import is_in

pytestmark = pytest.mark.browser


def may_write(visitor: Visitor) -> None:
    expect(visitor.composer).to_be_visible()


def may_not_write(visitor: Visitor) -> None:
    expect(visitor.composer).to_be_hidden()


def test_who_is_muted_may_read_and_not_write_until_it_is_lifted(
    visit: Visit, ana: User, berto: User, lobby: Room
) -> None:
    owner, member = visit(ana), visit(berto).enters("lobby")
    member.says("one thing")
    member.hears("one thing")
    owner.goes_to("/rooms/lobby/settings/")
    owner.looks_after("berto")
    owner.presses("Mute berto")
    owner.sees("muted until")
    may_not_write(member)
    services.post_message(by=ana, slug="lobby", client_id=uuid4(), body="Calm down.")
    member.hears("Calm down.")

    owner.looks_after("berto")
    owner.presses("Let berto write again")
    may_write(member)
    member.says("thank you")
    member.hears("thank you")


def test_a_moderator_looks_after_members_and_owners_read_what_was_done(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    services.join_room(user=carla, slug="lobby")
    owner, moderator = visit(ana), visit(berto)
    owner.goes_to("/rooms/lobby/settings/")
    owner.looks_after("berto")
    owner.page.locator(f"#role-{berto.pk}").select_option("moderator")
    owner.presses("Give berto this role")
    row = owner.page.locator("li").filter(has=owner.page.get_by_role("link", name="berto", exact=True))
    expect(row.locator(".tag")).to_have_text("moderator")

    moderator.goes_to("/rooms/lobby/settings/")
    assert moderator.page.get_by_label("Look after ana").count() == 0
    moderator.looks_after("carla")
    moderator.page.get_by_label("May read and not write").select_option("until it is lifted")
    moderator.presses("Mute carla")
    moderator.looks_after("carla")
    moderator.presses("Remove carla")
    moderator.page.wait_for_url("**/settings/")
    moderator.waits_until(lambda: not is_in(lobby, carla))
    assert moderator.goes_to("/rooms/lobby/log/") == 403
    moderator.forgives("403")

    owner.goes_to("/rooms/lobby/settings/")
    owner.follows("Read the log")
    expect(owner.page.locator(".log li span")).to_have_text(
        ["berto removed carla.", "berto muted carla until it is lifted.", "ana made berto a moderator."]
    )


def test_an_archived_room_is_read_and_not_written_in(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    owner, member = visit(ana), visit(berto).enters("lobby")
    member.says("the last word")
    member.hears("the last word")
    owner.goes_to("/rooms/lobby/settings/")
    owner.unfolds("Archive the room")
    owner.presses("Archive Lobby")
    owner.sees("This room is archived")
    may_not_write(member)
    member.hears("the last word")
    assert member.goes_to("/") == 200
    member.unfolds("1 archived room")
    member.follows("Lobby")
    member.hears("the last word")
    may_not_write(member)

    owner.presses("Open it again")
    may_write(member)


def test_a_room_that_becomes_private_keeps_its_people_and_is_hidden_from_others(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    owner, outsider = visit(ana), visit(carla)
    outsider.goes_to("/")
    outsider.sees("Lobby")
    owner.goes_to("/rooms/lobby/settings/")
    owner.page.get_by_label("Private", exact=True).check()
    owner.presses("Save")
    owner.page.wait_for_load_state()
    owner.waits_until(lambda: Room.objects.get().private)
    outsider.goes_to("/")
    outsider.sees_nothing_of("Lobby")
    assert is_in(lobby, berto)


def test_somebody_is_found_by_name_and_written_to(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    writer, reader, outsider = visit(ana), visit(berto), visit(carla)
    reader.enters("lobby")
    writer.goes_to("/")
    writer.follows("New direct message")
    writer.fills_in("Their name begins with", "BER")
    writer.presses("Find")
    writer.presses("Write to berto")
    writer.sees_heading("berto")
    writer.is_connected()
    writer.says("between us")
    writer.hears("between us")

    reader.page.get_by_role("navigation", name="Your rooms").get_by_role("link", name="ana").click()
    reader.sees_heading("ana")
    reader.hears("between us")

    room = Room.objects.get(kind=Room.Kind.DIRECT)
    assert outsider.goes_to(f"/rooms/{room.slug}/") == 404
    outsider.forgives("404")
    outsider.goes_to("/")
    outsider.sees_nothing_of("between us")
    outsider.sees_nothing_of(room.slug)


def test_several_are_written_to_and_the_same_people_have_one_room(
    visit: Visit, ana: User, berto: User, carla: User
) -> None:
    first, second = visit(ana), visit(carla)
    first.goes_to("/directs/new/")
    first.follows("Choose berto, and others")
    first.follows("Choose carla, and others")
    first.presses("Begin")
    first.sees_heading("berto, carla")
    second.goes_to("/directs/new/?q=a")
    second.follows("Choose ana, and others")
    second.follows("Choose berto, and others")
    second.presses("Begin")
    second.sees_heading("ana, berto")
    assert first.path == second.path


def test_a_signed_in_person_follows_the_join_link_and_presses_a_button(
    visit: Visit, ana: User, carla: User, lobby: Room
) -> None:
    guest = visit(carla)
    guest.goes_to(f"/join/{join_code()}/")
    assert not is_in(lobby, carla)
    guest.presses("Join")
    guest.arrives_at("/rooms/lobby/")
    assert is_in(lobby, carla)


def test_a_role_is_seen_in_the_settings_of_who_has_it(visit: Visit, ana: User, berto: User, lobby: Room) -> None:
    change_member(by=ana, slug="lobby", user_id=berto.pk, role="owner")
    owner = visit(berto)
    owner.goes_to("/rooms/lobby/settings/")
    owner.looks_after("ana")
    owner.page.locator(f"#role-{ana.pk}").select_option("member")
    owner.presses("Give ana this role")
    owner.waits_until(lambda: Membership.objects.get(user=ana).role == "member")
