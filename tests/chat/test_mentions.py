"""Whom a message names."""

import re
from time import process_time

import pytest
from django.contrib.auth.validators import UnicodeUsernameValidator
from hypothesis import assume, given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.mentions import MAX_NAMES, Known, Named, folded, names_in, people_named
from chat.models import Room
from chat.text import MAX_BODY, render
from tests.fuzzing import effort
from tests.page import Elements
from tests.people import guest, is_in, newcomer
from tests.rooms import room_of

ANA, BERTO = Named(7, "ana"), Named(8, "berto.r")


def known(*people: Named) -> Known:
    return {folded(person.name): person for person in people}


def mentioned(body: str, *people: Named) -> list[int]:
    """Those whom a message names, of whom `names_in` has to have found the names: nobody else is looked up."""
    looked_up = {folded(name) for name in names_in(body)}
    rendered = render(body, {name: person for name, person in known(*people).items() if name in looked_up})
    assert sorted({int(user) for user in re.findall(r'data-user="(\d+)"', rendered.html)}) == rendered.mentions
    return rendered.mentions


# --- what is one ---


def test_a_mention_is_shown_as_one() -> None:
    rendered = render("hola @ANA, ¿y @berto.r?", known(ANA, BERTO))
    assert rendered.html == (
        '<p>hola <span class="mention" data-user="7">@ana</span>, '
        '¿y <span class="mention" data-user="8">@berto.r</span>?</p>\n'
    )
    assert rendered.mentions == [7, 8]


@pytest.mark.parametrize(
    "body",
    [
        "@ana",
        "@Ana",
        "hola @ana",
        "@ana: hola",
        "(@ana)",
        "@ana.",
        "@ana...",
        "¿@ana?",
        "@ana's",
        "**@ana**",
        "_@ana_",
        "~~@ana~~",
        "> @ana",
        "- @ana",
        "# @ana",
        "one\n@ana",
        "[@ana](https://example.com)",
        "@ana@",
        "to/@berto.r @ana",
    ],
)
def test_what_names_a_member(body: str) -> None:
    assert mentioned(body, ANA) == [7]


@pytest.mark.parametrize(
    "body",
    [
        "ana",
        "@",
        "@anab",
        "@ana.b",
        "@ana-b",
        "@@ana",
        "@nobody",
        "mail@ana",
        "mail.@ana",
        "mail+chat-@ana",
        "berto@ana.example",
        "https://example.com/@ana",
        "<https://example.com/@ana>",
        "[x](https://example.com/@ana)",
        "mailto:mail@ana",
        "example.com/@ana",
        r"\@ana",
        "&#64;ana",
        "`@ana`",
        "```\n@ana\n```",
        "```python\n@ana\n```",
        "    @ana",
    ],
)
def test_what_names_nobody(body: str) -> None:
    assert mentioned(body, ANA) == []


def test_the_longest_name_is_meant() -> None:
    people = (Named(1, "ana"), Named(2, "ana."), Named(3, "ana-maria"), Named(4, "ana_"))
    assert mentioned("@ana.", *people) == [2]
    assert mentioned("@ana!", *people) == [1]
    assert mentioned("@ana-maria.", *people) == [3]
    assert mentioned("@ana_", *people) == [4]


def test_an_accent_that_is_written_apart_is_the_same_name() -> None:
    assert mentioned("@Jose\u0301 hola", Named(9, "josé")) == [9]


def test_who_writes_names_others() -> None:
    rendered = render("@ana and @berto.r", known(ANA, BERTO), author=7)
    assert rendered.mentions == [8]
    assert rendered.html.count("mention") == 2


def test_a_name_is_no_markup() -> None:
    html = render("@a&b", {folded("a"): Named(1, '<b>"a"</b>')}).html
    assert Elements(html).tags == {"p", "span"}


names = st.from_regex(UnicodeUsernameValidator.regex, fullmatch=True).filter(lambda name: 0 < len(name) <= 40)
# What may stand beside a mention without belonging to it.
before = st.sampled_from(["", " ", "\n", "(", ",", "**", '"', "hola ", "¡", "> ", "- "])
after = st.sampled_from(["", " ", "\n", ")", ",", "!", "?", ":", "**", '"', " hola", "/"])


@given(names, before, after)
@effort(400)
def test_whatever_somebody_is_called_they_can_be_named(name: str, before: str, after: str) -> None:
    name = User.normalize_username(name)
    assume(re.fullmatch(UnicodeUsernameValidator.regex, name) and 0 < len(name) <= 40)
    assert mentioned(f"{before}@{name}{after}", Named(5, name)) == [5]


@given(st.text(alphabet=st.sampled_from("@ana.b+-_ \n`*[](<>)/:\\~#\u0301"), max_size=40))
@effort(500)
def test_whatever_is_typed_names_only_whom_it_holds(body: str) -> None:
    people = (Named(1, "ana"), Named(2, "b"), Named(3, "ana.b"), Named(4, "@ana"))
    for user in mentioned(body, *people):
        name = next(person.name for person in people if person.id == user)
        assert f"@{name}" in body


def test_ill_chosen_characters_are_looked_at_quickly() -> None:
    started = process_time()
    for unit in ("@", "@a", "@a ", "a@", ".", "@.", "._%+-/", "@" + "a" * 40 + " "):
        body = (unit * MAX_BODY)[:MAX_BODY]
        assert len(names_in(body)) <= MAX_NAMES
        render(body, known(Named(1, "a"), Named(2, "nobody")))
    assert process_time() - started < 3  # CPU seconds


# --- who is known ---


def test_active_members_of_the_room_are_known_whatever_the_case(
    ana: User, berto: User, carla: User, bot: User, lobby: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert not is_in(lobby, carla)
    gone = guest("dora")
    gone.is_active = False
    gone.save()
    names = ("Ana", "BERTO", "carla", "dora", "bot", "nobody", "", "x" * 41)
    with django_assert_num_queries(1):
        assert people_named(("lobby", name) for name in names) == {
            "lobby": {"ana": Named(ana.pk, "ana"), "berto": Named(berto.pk, "berto"), "bot": Named(bot.pk, "bot")}
        }


def test_each_room_has_its_own(ana: User, berto: User, carla: User, lobby: Room) -> None:
    room_of(carla, "patio")
    found = people_named(
        [("lobby", "ana"), ("patio", "ana"), ("lobby", "carla"), ("patio", "carla"), ("nowhere", "ana")]
    )
    assert found == {"lobby": {"ana": Named(ana.pk, "ana")}, "patio": {"carla": Named(carla.pk, "carla")}}


def test_where_nobody_is_named_nobody_is_looked_up(django_assert_num_queries: DjangoAssertNumQueries, db: None) -> None:
    with django_assert_num_queries(0):
        assert people_named([]) == {}


def test_names_with_every_character_are_found(lobby: Room) -> None:
    for name in ("Ñandú", "a.b_c-d+e@f", "名前"):
        if not is_in(lobby, person := newcomer(name)):
            lobby.memberships.create(user=person)
        assert mentioned(f"@{name}", *people_named([("lobby", name)])["lobby"].values()) == [person.pk]
