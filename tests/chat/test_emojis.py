"""What an emoji is."""

import pytest
from emoji import EMOJI_DATA, STATUS
from hypothesis import given
from hypothesis import strategies as st

from chat.emojis import SELECTOR, check_emoji
from chat.errors import BadFrame
from chat.models import Reaction
from tests.fuzzing import effort

WHOLE = sorted(emoji for emoji, about in EMOJI_DATA.items() if about["status"] == STATUS["fully_qualified"])
PARTS = sorted(emoji for emoji, about in EMOJI_DATA.items() if about["status"] == STATUS["component"])


@pytest.mark.parametrize("emoji", ["🧉", "👍", "👍🏽", "👩‍👩‍👧‍👦", "🇪🇸", "❤️", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_an_emoji_is_one_whatever_it_is_made_of(emoji: str) -> None:
    assert check_emoji(emoji) == emoji


def test_every_one_is_itself_and_fits_into_its_column() -> None:
    bound = Reaction._meta.get_field("emoji").max_length
    assert bound is not None
    for emoji in WHOLE:
        assert check_emoji(emoji) == emoji
        assert len(emoji) <= bound


@given(st.sampled_from(WHOLE), st.booleans())
@effort(200)
def test_with_or_without_the_selector_it_is_the_same(emoji: str, with_it: bool) -> None:
    sent = SELECTOR.join(emoji) if with_it else emoji.replace(SELECTOR, "")
    assert check_emoji(sent) == emoji


@pytest.mark.parametrize(
    "text", ["", " ", "a", "+1", ":+1:", "👍👍", "👍 ", "1", "#", SELECTOR, "\u200d", "\x00", *PARTS]
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        check_emoji(text)


@given(st.text(max_size=40) | st.lists(st.sampled_from([*WHOLE, SELECTOR, "\u200d", "a"]), max_size=4).map("".join))
@effort(500)
def test_whatever_is_sent_it_is_an_emoji_or_it_is_refused(text: str) -> None:
    try:
        found = check_emoji(text)
    except BadFrame:
        return
    assert found in WHOLE
    assert found.replace(SELECTOR, "") == text.replace(SELECTOR, "")
