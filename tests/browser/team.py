"""A small team that has worked with Tertulia for a while: a bookshop before its autumn fair.

What the pages are looked at with: by axe, and by whoever looks at the screenshots. All that they said is said by the
services, at the times that they said it, so that two teams in the same language look the same.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from uuid import uuid4

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import User
from accounts.pictures import squares_of
from accounts.services import change_about, create_person, set_picture
from chat.directs import open_direct
from chat.first_run import first_run
from chat.joining import join_by_link, program_in_rooms
from chat.models import Membership, Room
from chat.reactions import react
from chat.roles import change_member
from chat.services import LOBBY, add_member, create_room, join_room, mark_read, post_message, update_room
from chat.uploads import store_upload
from tests.browser.team_talk import ABOUT, DAYS_BEFORE, FAIR, LOBBY_TALK, SHELVES, TO_BERTO, Line, Words, in_language
from tests.people import PASSWORD

# A Friday afternoon: when the pages are looked at.
NOW = datetime(2026, 11, 20, 16, 42, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Team:
    """ana set it up, the others came by her link. `thread`: a message in the room `fair` with replies and reactions."""

    direct: str
    thread: int

    @contextmanager
    def as_they_were(self) -> Iterator[None]:
        """Whoever looks into a room has seen what is in it; afterwards they have not."""
        seen = dict(Membership.objects.values_list("pk", "read_seq"))
        try:
            yield
        finally:
            for key, read_seq in seen.items():
                Membership.objects.filter(pk=key).update(read_seq=read_seq)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What is written within is written then."""
    with patch.object(timezone, "now", lambda: moment):
        yield


def settle_in(language: str = "en") -> Team:
    """Into an empty database."""
    words = in_language(language)
    with at(NOW - timedelta(days=30)):
        ana = first_run(name="ana", password=PASSWORD, room=words(("Lobby", "Vestíbulo")))
        others = {name: join_by_link(name=name, password=PASSWORD) for name in ("berto", "diego", "elena")}
        create_person(name="carla", password=PASSWORD)
        people = {"ana": ana, **others}
        _make_rooms(people, words)
        program_in_rooms(name="deploys", slugs=["web"])
        change_about(user=ana, about=words(ABOUT))
        for name, colours in (("ana", ("#c65f45", "#f0c987")), ("elena", ("#2f6672", "#9fd3c7"))):
            set_picture(user=people[name], picture=squares_of([face(*colours)]))
            people[name].refresh_from_db()
    talk = Talk(people, words)
    for room, lines in (("web", SHELVES), (LOBBY, LOBBY_TALK), ("fair", FAIR)):
        for line in lines:
            talk.say(room, line)
    with at(NOW - timedelta(days=3)):
        direct = open_direct(by=ana, people=[people["berto"]]).slug
        open_direct(by=ana, people=[people["diego"], people["elena"]])
    for line in TO_BERTO:
        talk.say(direct, line)
    _look_around(ana, {LOBBY: 0, "fair": 0, direct: 1, "web": 3})
    return Team(direct, talk.seqs["poster"])


def _make_rooms(people: dict[str, User], words: Words) -> None:
    ana = people["ana"]
    update_room(
        by=ana, slug=LOBBY, topic=words(("All of the shop, and the coffee machine", "Toda la tienda, y la cafetera"))
    )
    rooms = {
        "fair": (
            ("Autumn fair", "Feria de otoño"),
            ("28 and 29 November, Plaza Mayor", "28 y 29 de noviembre, Plaza Mayor"),
            False,
        ),
        "web": (
            ("Website", "Página web"),
            ("The shop's page and what breaks on it", "La página de la tienda y lo que se rompe"),
            False,
        ),
        "suppliers": (("Suppliers", "Proveedores"), ("Prices stay in here", "Los precios no salen de aquí"), True),
        "summer": (("Summer readings", "Lecturas de verano"), ("", ""), False),
    }
    for slug, (name, topic, private) in rooms.items():
        create_room(by=ana, slug=slug, name=words(name), topic=words(topic), private=private)
        for person in people.values():
            if person is not ana:
                add_member(by=ana, slug=slug, user=person)
    create_room(
        by=people["diego"], slug="poetry", name=words(("Poetry", "Poesía")), topic=words(("One a day", "Uno al día"))
    )
    create_room(by=people["elena"], slug="lunch", name=words(("Lunch", "Comida")))
    join_room(user=people["berto"], slug="lunch")
    change_member(by=ana, slug="fair", user_id=people["elena"].pk, role=Membership.Role.MODERATOR)
    update_room(by=ana, slug="summer", archived=True)


@dataclass(slots=True)
class Talk:
    """Says lines, and remembers where those with a key stand."""

    people: dict[str, User]
    words: Words
    seqs: dict[str, int] = field(default_factory=dict)

    def say(self, room: str, line: Line) -> None:
        day = NOW.replace(hour=line.hour, minute=line.minute) - timedelta(days=DAYS_BEFORE[line.day])
        by = self.people.get(line.by) or User.objects.get(username=line.by)
        with at(day):
            uploads = tuple(
                store_upload(by=by, slug=room, file=file_named(self.words(name), poster())).pk for name in line.pictures
            )
            posted = post_message(
                by=by,
                slug=room,
                client_id=uuid4(),
                body=self.words(line.said),
                reply_to=self.seqs.get(line.reply_to),
                uploads=uploads,
            )
        if line.key:
            self.seqs[line.key] = posted.seq
        for number, (emoji, names) in enumerate(line.reactions):
            for name in names:
                with at(day + timedelta(minutes=number)):
                    react(by=self.people[name], slug=room, client_id=uuid4(), seq=posted.seq, emoji=emoji, on=True)


def _look_around(reader: User, unread: dict[str, int]) -> None:
    """The reader has seen everything, but for the last few events of some rooms."""
    for room in Room.objects.filter(memberships__user=reader):
        mark_read(by=reader, slug=room.slug, seq=max(room.seq - unread.get(room.slug, 0), 0))


# --- pictures, drawn on the spot ---


def face(behind: str, before: str) -> bytes:
    """A person's: head and shoulders."""
    image = Image.new("RGB", (256, 256), behind)
    draw = ImageDraw.Draw(image)
    draw.ellipse((84, 52, 172, 140), fill=before)
    draw.ellipse((40, 156, 216, 360), fill=before)
    return _png(image)


def poster() -> bytes:
    """Of the fair: an awning, and books on a table."""
    image = Image.new("RGB", (1200, 800), "#f5e1c8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 560, 1200, 800), fill="#8b5e3c")
    for number in range(12):
        colour = "#8b2c49" if number % 2 else "#fff8f0"
        draw.rectangle((number * 100, 0, number * 100 + 100, 190), fill=colour)
        draw.pieslice((number * 100, 140, number * 100 + 100, 240), 0, 180, fill=colour)
    colours = ("#55672b", "#2f6672", "#a0412b", "#5c4a8a", "#c98a2b", "#3d6b4b", "#8b2c49")
    place = 150
    for number in range(16):
        width, height = 34 + number * 13 % 29, 190 + number * 47 % 90
        draw.rectangle((place, 560 - height, place + width, 560), fill=colours[number % len(colours)])
        draw.rectangle((place + 6, 560 - height + 24, place + width - 6, 560 - height + 36), fill="#f5e1c8")
        place += width + 6
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def file_named(name: str, content: bytes) -> TemporaryUploadedFile:
    """As it comes with a request."""
    file = TemporaryUploadedFile(name, "application/octet-stream", len(content), None)
    file.write(content)
    file.seek(0)
    return file
