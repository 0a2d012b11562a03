"""The piece of a message that a search shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import search_snippets
from chat.search_query import folded, parse
from chat.search_snippets import LENGTH, snippet


def shown(body: str, query: str) -> str:
    """The snippet with its hits in brackets."""
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in snippet(body, parse(query).terms))


@pytest.mark.parametrize(
    ("body", "query", "marked"),
    [
        ("Un café, otro CAFE\u0301", "cafe", "Un [café], otro [CAFE\u0301]"),
        ("cafetería", "caf", "[cafetería]"),
        ("cafetería", '"caf"', "cafetería"),
        ("hola mundo, mundo hola", '"mundo hola"', "hola mundo, [mundo hola]"),
        ("see https://example.com/a now", "example.com", "see https://[example.com]/a now"),
        ("one two three", "three -four one", "[one] two [three]"),
        ("<b>hola</b> & <script>", "hola", "<b>[hola]</b> & <script>"),
        ("a\n\n  b", "b", "a [b]"),
        ("nothing of it", "from:ana", "nothing of it"),
        ("one two three", 'two "one two"', "[one two] three"),
    ],
)
def test_what_was_searched_for_is_marked(body: str, query: str, marked: str) -> None:
    assert shown(body, query) == marked


def test_a_long_message_is_shown_around_its_first_hit() -> None:
    text = shown("before " * 100 + "needle " + "after " * 100, "needle")
    assert text.startswith("… before ")
    assert "[needle]" in text
    assert text.endswith(" after …")
    assert len(text) < LENGTH + 10


def test_of_a_message_that_shows_no_hit_there_is_the_beginning() -> None:
    assert shown("word " * 100, "other") == ("word " * 40).strip() + " …"


@given(st.text(max_size=600), st.text(max_size=60))
def test_a_snippet_is_a_stretch_of_the_message(body: str, query: str) -> None:
    try:
        terms = parse(query).terms
    except Exception:  # noqa: BLE001  # what is refused is another test's
        terms = []
    pieces = snippet(body, terms)
    text = "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")
    assert text in " ".join(body.split()) + " …"
    assert all(piece.text for piece in pieces)


def test_many_words_in_a_message_of_many_words_are_looked_up_and_not_compared_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once it took a second of a worker's time for each message."""
    folds = 0

    def counted(text: str) -> str:
        nonlocal folds
        folds += 1
        return folded(text)

    monkeypatch.setattr(search_snippets, "folded", counted)
    terms = parse("a b c d e f g h i j k l m n o p").terms
    pieces = snippet("a b c d e f g h " * 250, terms)
    assert folds == 2000
    assert sum(piece.hit for piece in pieces) == LENGTH // 2
