"""The round face of a person."""

import pytest
from django.template import Context, Template

from accounts.models import User
from chat.templatetags.discs import initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [("ana", "A"), ("dora.lluch", "DL"), ("j r r tolkien", "JR"), ("éa-ñu", "ÉÑ"), ("...", ""), ("", "")],
)
def test_a_name_has_two_letters_at_most(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.django_db
def test_who_has_no_picture_is_shown_by_letters_and_a_colour(ana: User) -> None:
    shown = Template("{% load discs %}{% disc person %}").render(Context({"person": ana}))
    assert shown.strip() == f'<span class="disc" data-hue="{ana.pk % 8}" aria-hidden="true">A</span>'
