"""Direct messages of three, and a private room that is archived: live for those in it, unknown to the outsider."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from chat import services
from chat.models import Room
from tests.browser.conftest import Visit
from tests.browser.test_sidebar import count, link
from tests.browser.visitor import Visitor
from tests.people import guest
from tests.rooms import room_of

pytestmark = pytest.mark.browser


def knows_nothing_of(visitor: Visitor, room: Room, *words: str) -> None:
    """Who is in a room of their own, and in no other."""
    visitor.says("all quiet")
    visitor.hears("all quiet")
    expect(visitor.page.locator("#room-lists [data-room]")).to_have_count(1)
    assert [frame for frame in visitor.sockets.received if frame.get("room") not in {None, "hers"}] == []
    assert visitor.goes_to(f"/rooms/{room.slug}/") == 404
    visitor.forgives("404")
    assert visitor.goes_to(f"/rooms/{room.slug}/settings/") == 404
    visitor.forgives("404")
    assert visitor.goes_to("/") == 200
    for word in (room.slug, room.name, *words):
        visitor.sees_nothing_of(word)


def test_three_are_found_by_name_and_talk_and_nobody_else_knows(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    dora = guest("dora")
    room_of(carla, "hers")
    writer, outsider = visit(ana), visit(carla).enters("hers")
    second, third = visit(berto).enters("lobby"), visit(dora).enters("lobby")
    writer.goes_to("/directs/new/")
    for beginning, name in (("BER", "berto"), ("do", "dora")):
        writer.fills_in("Their name begins with", beginning)
        writer.presses("Find")
        expect(writer.page.get_by_role("region", name=re.compile("^(Whom|Somebody)")).locator(".name")).to_have_text(
            [name]
        )
        writer.follows(f"Choose {name}, and others")
        expect(writer.page.get_by_role("region", name="With").get_by_text(name)).to_be_visible()
    writer.presses("Begin")
    writer.sees_heading("berto, dora")
    writer.is_connected()
    writer.says("between the three of us")

    for visitor, others in ((second, "ana, dora"), (third, "ana, berto")):
        expect(count(visitor, others)).to_have_text("1")
        link(visitor, others).click()
        visitor.sees_heading(others)
        visitor.hears("between the three of us")
    second.says("here I am")
    for visitor in (writer, third):
        visitor.hears("here I am")
    room = Room.objects.get(kind=Room.Kind.DIRECT)
    knows_nothing_of(outsider, room, "between the three", "dora")


def test_a_private_room_is_archived_before_the_eyes_of_who_is_in_it(
    visit: Visit, ana: User, berto: User, carla: User, lobby: Room
) -> None:
    plaza = room_of(ana, "plaza", private=True)
    services.add_member(by=ana, slug="plaza", user=berto)
    room_of(carla, "hers")
    owner, outsider, member = visit(ana), visit(carla).enters("hers"), visit(berto).enters("plaza")
    expect(member.composer).to_be_visible()
    owner.goes_to("/rooms/plaza/settings/")
    owner.unfolds("Archive the room")
    owner.presses("Archive Plaza")
    owner.sees("This room is archived")
    member.sees("This room is archived: it can be read, and nothing more is said in it.")
    expect(member.composer).to_be_hidden()
    expect(link(member, "Plaza")).to_have_count(0)
    knows_nothing_of(outsider, plaza)
