"""What was typed into the search, as it is understood."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadFrame, TooLong
from chat.search_query import MAX_QUERY, MAX_WORDS, Query, QueryWrong, Term, folded, parse


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("café", [Term(("cafe",), begins=True)]),
        ("Hola MUNDO", [Term(("hola",)), Term(("mundo",), begins=True)]),
        ("a", [Term(("a",))]),
        ('"buenos días" ana', [Term(("buenos", "dias")), Term(("ana",), begins=True)]),
        ('ana "buenos días"', [Term(("ana",)), Term(("buenos", "dias"))]),
        ('"never closed', [Term(("never", "closed"))]),
        ("hola -mundo", [Term(("hola",)), Term(("mundo",), excluded=True)]),
        ('hola -"el mundo"', [Term(("hola",)), Term(("el", "mundo"), excluded=True)]),
        ("deploy.py", [Term(("deploy", "py"), begins=True)]),
        ("https://example.com/a", [Term(("https", "example", "com", "a"))]),
        ("std::move", [Term(("std", "move"), begins=True)]),
        ("10:30", [Term(("10", "30"), begins=True)]),
        ("nota: pan", [Term(("nota",)), Term(("pan",), begins=True)]),
        ("🎉 !? ''", []),
        ("", []),
        ("hola\x00mundo", [Term(("hola",)), Term(("mundo",), begins=True)]),
    ],
)
def test_words_phrases_and_exclusions(text: str, terms: list[Term]) -> None:
    assert parse(text) == Query(terms=terms)


def test_filters_stand_anywhere_and_in_any_case() -> None:
    query = parse("from:@Ana hola IN:#lobby before:2026-11-22 after:2026-01-01")
    assert query == Query([Term(("hola",), begins=True)], "Ana", "lobby", date(2026, 11, 22), date(2026, 1, 1))
    assert parse('from:"ana"').by == "ana"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("form:ana", "There is no filter “form:”, but from:, in:, before:, after:."),
        ("from:", "“from:” wants something behind it"),
        ("from: ana", "“from:” wants something behind it"),
        ("from:ana from:berto", "“from:” is there twice."),
        ("-in:lobby", "leave out the hyphen before “in:”"),
        ("before:yesterday", "“before:yesterday” is no day."),
        ("before:2026-02-30", "“before:2026-02-30” is no day."),
        ("after:9999-12-31", "“after:9999-12-31” is no day."),
        ("before:20261122", "“before:20261122” is no day."),
        ("before:２０２６-11-22", "is no day."),  # noqa: RUF001
        ("-hola", "Say also what the messages hold"),
        ("a " * (MAX_WORDS + 1), "A search has 16 words at most."),
        (f'"{"a " * MAX_WORDS}" a', "A search has 16 words at most."),
    ],
)
def test_what_cannot_be_carried_out_is_told_and_not_ignored(text: str, said: str) -> None:
    with pytest.raises(QueryWrong, match=said.replace(".", r"\.")):
        parse(text)


def test_a_query_has_a_greatest_length_and_number_of_words() -> None:
    assert len(parse("a " * MAX_WORDS).terms) == MAX_WORDS
    assert parse("a" * MAX_QUERY)
    with pytest.raises(TooLong):
        parse("a" * (MAX_QUERY + 1))


@given(st.text(max_size=MAX_QUERY))
def test_whatever_is_typed_is_understood_or_refused_in_words(text: str) -> None:
    with suppress(BadFrame, TooLong):
        for word in (word for term in parse(text).terms for word in term.words):
            assert word
            assert not set(word) & set("\x00 '\"\\:*&|!()<>-+^{}%,;")


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
