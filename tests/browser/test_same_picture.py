"""A page that was open all the time shows exactly what a freshly loaded page shows, whatever happened meanwhile.

FUZZ=20 tries twenty times as many histories (tests/fuzzing.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from accounts.models import User
from chat.editing import delete_message, edit_message
from chat.message_selectors import PAGE
from chat.models import Message, Room
from chat.reactions import react
from chat.services import add_member, post_message, remove_member, update_room
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.fuzzing import effort
from tests.people import is_in
from tests.rooms import fill, room_of, say

pytestmark = pytest.mark.browser

slugs = (f"room-{number}" for number in count(1))


@dataclass
class History:
    """A room of ana's that berto has open in a browser, and what happens in it."""

    room: Room
    ana: User
    carla: User
    page: Visitor
    number: int = 0

    def ana_says(self) -> None:
        say(self.ana, self.room.slug, self._something("**ana**"))

    def berto_says(self) -> None:
        """In the page itself; without a network it stays there until there is one."""
        self.page.says(self._something("berto"))

    def ana_replies(self) -> None:
        first = Message.objects.filter(room=self.room).first()
        reply_to = first.seq if first else None
        body = self._something("reply")
        post_message(by=self.ana, slug=self.room.slug, client_id=uuid4(), body=body, reply_to=reply_to)

    def ana_edits(self) -> None:
        if message := self._one_of_anas():
            edit_message(
                by=self.ana, slug=self.room.slug, client_id=uuid4(), seq=message.seq, body=self._something("edit")
            )

    def ana_deletes(self) -> None:
        if message := self._one_of_anas():
            delete_message(by=self.ana, slug=self.room.slug, client_id=uuid4(), seq=message.seq)

    def ana_reacts(self) -> None:
        """Or takes it back."""
        if message := self._one_of_anas():
            on = not message.reactions.filter(user=self.ana).exists()
            react(by=self.ana, slug=self.room.slug, client_id=uuid4(), seq=message.seq, emoji="🎉", on=on)

    def berto_edits(self) -> None:
        """In the page, what he said last, once that is in the room."""
        self.page.composer.press("ArrowUp")
        if self.page.page.locator(".mode").is_visible():
            self.page.says(self._something("berto"))

    def berto_reacts(self) -> None:
        """In the page, to what was said last."""
        self.page.page.locator("#scroller").focus()
        self.page.page.keyboard.press("ArrowUp")
        self.page.page.keyboard.press("+")
        if self.page.page.locator(".palette").is_visible():
            self.page.page.keyboard.press("Enter")

    def _one_of_anas(self) -> Message | None:
        said = Message.objects.filter(room=self.room, author=self.ana, deleted_at=None)
        return said.order_by("-seq")[self.number % 3 :].first()

    def ana_renames_it(self) -> None:
        update_room(by=self.ana, slug=self.room.slug, name=self._something("Room"), topic=self._something("About"))

    def carla_comes_or_goes(self) -> None:
        if is_in(self.room, self.carla):
            remove_member(by=self.ana, slug=self.room.slug, user_id=self.carla.pk)
        else:
            add_member(by=self.ana, slug=self.room.slug, user=self.carla)

    def a_little_is_said(self) -> None:
        self._is_said(5)

    def very_much_is_said(self) -> None:
        self._is_said(501)

    @transaction.atomic
    def _is_said(self, number: int) -> None:
        Room.objects.select_for_update(no_key=True).get(pk=self.room.pk)  # the page may be posting
        fill(self.room, self.ana, number, body="quickly")

    def _something(self, what: str) -> str:
        self.number += 1
        return f"{what} {self.number}"


Deed = Callable[[History], None]
DEEDS: list[Deed] = [
    History.ana_says,
    History.berto_says,
    History.ana_replies,
    History.ana_edits,
    History.ana_deletes,
    History.ana_reacts,
    History.berto_edits,
    History.berto_reacts,
    History.ana_renames_it,
    History.carla_comes_or_goes,
    History.a_little_is_said,
    History.very_much_is_said,
]
deeds = st.lists(st.sampled_from(DEEDS), max_size=6)
# What happens with a network, and then without one.
times = st.lists(st.tuples(deeds, deeds), min_size=1, max_size=2)


def everything_arrived(history: History, posted: int) -> bool:
    """What was written in the page is in the room, and what is in the room is on the page."""
    written = list(Message.objects.filter(room=history.room))
    pending = history.page.page.locator(".message:not([data-state=delivered])").count()
    last = (written[-1].body.replace("**", "") or "This message was deleted.") if written else None
    return (
        pending == 0
        and sum(message.body.startswith("berto") for message in written) == posted
        and last == next(iter(history.page.texts()[-1:]), None)
    )


def heading(visitor: Visitor) -> tuple[str, list[str], str]:
    page = visitor.page
    return page.title(), page.locator("[data-room-name]").all_text_contents(), page.locator("#topic").inner_text()


def newest(visitor: Visitor, number: int) -> list[list[object]]:
    """The last messages: who, what, in answer to what, whether it was changed, and the reactions, in any order."""
    rows: list[list[object]] = visitor.page.locator(".message").evaluate_all(
        """rows => rows.map(row => [
            row.querySelector('.author').textContent,
            row.querySelector('.body').innerText.trim(),
            row.querySelector('.quote:not([hidden])')?.innerText ?? '',
            row.querySelector('.edited').hidden,
            [...row.querySelectorAll('.reaction')].map(chip => chip.ariaLabel).sort().join(),
        ])"""
    )
    return rows[-number:] if number else []


def test_an_open_page_shows_what_a_fresh_one_shows(visit: Visit, ana: User, berto: User, carla: User) -> None:
    page = visit(berto, own_clock=True)

    @effort(2, suppress_health_check=[HealthCheck.too_slow])
    @given(times)
    @example([([History.ana_says], [History.ana_renames_it, History.very_much_is_said, History.berto_says])])
    @example([(DEEDS[:-1], DEEDS[:-1])])
    def play(times: list[tuple[list[Deed], list[Deed]]]) -> None:
        room = room_of(ana, next(slugs))
        add_member(by=ana, slug=room.slug, user=berto)
        history = History(room, ana, carla, page.enters(room.slug))
        for with_network, without in times:
            for deed in with_network:
                deed(history)
            if without:
                page.loses_the_network()
                for deed in without:
                    deed(history)
                page.has_the_network_again()
        posted = sum(deeds.count(History.berto_says) for both in times for deeds in both)
        page.waits_until(lambda: everything_arrived(history, posted))
        fresh = page.in_another_tab().enters(room.slug)
        number = min(len(page.shown()), len(fresh.shown()))
        assert number >= min(PAGE, Message.objects.filter(room=room).count())
        page.waits_until(lambda: newest(page, number) == newest(fresh, number))
        page.waits_until(lambda: heading(page) == heading(fresh))
        fresh.page.close()

    play()
