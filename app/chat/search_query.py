"""What somebody typed into the search: words, "phrases", -exclusions, and the filters from:, in:, before:, after:."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from chat.errors import BadFrame, TooLong

MAX_QUERY = 200  # characters
MAX_WORDS = 16  # each is looked for in every message that is shown
# From this many letters on, the word that may still be being typed finds those that begin so.
PREFIX_FROM = 2

FILTERS = ("from", "in", "before", "after")
FIRST_YEAR, LAST_YEAR = 1970, 9998

# What separates words, in the database's expressions as well (search_index.py): blanks, and the punctuation of ASCII,
# Latin-1 and the block of general punctuation.
SEPARATORS = re.compile("[\\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f]+")
MARKS = re.compile("[\u0300-\u036f]+")

# An address (https://…) and a name in code (std::move) are no filters.
PART = re.compile(
    r"""(?P<minus>-?) (?:
        " (?P<phrase>[^"]*) "?
      | (?P<name>[^\W\d_]+) : (?![/:]) (?P<value> "[^"]*"? | [^\s"]* )
      | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)


class QueryWrong(BadFrame):
    """The query cannot be carried out; the message says to a person what to change."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after another, folded. `begins`: the last of them may go on. `typed`: with their accents."""

    words: tuple[str, ...]
    excluded: bool = False
    begins: bool = False
    typed: tuple[str, ...] = field(default=(), compare=False)


@dataclass(slots=True)
class Query:
    """All of it must hold. `before` and `after` leave that day itself out."""

    terms: list[Term] = field(default_factory=list)
    by: str = ""
    room: str = ""
    before: date | None = None
    after: date | None = None

    def __bool__(self) -> bool:
        return bool(self.terms or self.by or self.room or self.before or self.after)


def folded(text: str) -> str:
    """Without accents and case, as the indexes compare."""
    bare = MARKS.sub("", unicodedata.normalize("NFD", text)).lower()
    return unicodedata.normalize("NFC", MARKS.sub("", bare))


def parse(text: str) -> Query:
    """Raises QueryWrong, TooLong."""
    if len(text) > MAX_QUERY:
        raise TooLong(_("A search has {limit} characters at most.").format(limit=MAX_QUERY))
    query = Query()
    for part in PART.finditer(text.replace("\x00", " ")):
        name = part["name"]
        if name is None or not (part["value"] or name.lower() in FILTERS):
            _add_term(query, part)
        else:
            _add_filter(query, name, part["value"].strip('"'), negated=bool(part["minus"]))
    _let_the_last_word_go_on(query)
    if sum(len(term.words) for term in query.terms) > MAX_WORDS:
        raise QueryWrong(_("A search has {limit} words at most.").format(limit=MAX_WORDS))
    if any(term.excluded for term in query.terms) and all(term.excluded for term in query.terms):
        raise QueryWrong(_("Say also what the messages hold, not only what they do not."))
    return query


def _add_term(query: Query, part: re.Match[str]) -> None:
    text = part["phrase"] if part["phrase"] is not None else part["word"] or part["name"]
    words = _words(folded(text))
    if words:
        typed = _words(unicodedata.normalize("NFC", text).lower())
        # What is quoted is meant as it stands.
        query.terms.append(Term(words, bool(part["minus"]), part["phrase"] is None, typed))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in SEPARATORS.split(text) if any(letter.isalnum() for letter in word))


def _let_the_last_word_go_on(query: Query) -> None:
    """Only that one: the words before it are whole."""
    for place, term in enumerate(query.terms):
        last = place == len(query.terms) - 1
        begins = last and term.begins and not term.excluded and len(term.words[-1]) >= PREFIX_FROM
        query.terms[place] = Term(term.words, term.excluded, begins, term.typed)


def _add_filter(query: Query, name: str, value: str, *, negated: bool) -> None:
    kind = name.lower()
    if kind not in FILTERS:
        known = ", ".join(f"{one}:" for one in FILTERS)
        raise QueryWrong(
            _("There is no filter “{name}:”, but {known}. To find the words themselves, put them in quotes.").format(
                name=name, known=known
            )
        )
    if negated:
        raise QueryWrong(_("A filter cannot be excluded: leave out the hyphen before “{name}:”.").format(name=kind))
    if not value:
        raise QueryWrong(_("“{name}:” wants something behind it, without a blank.").format(name=kind))
    place = {"from": "by", "in": "room"}.get(kind, kind)
    if getattr(query, place):
        raise QueryWrong(_("“{name}:” is there twice.").format(name=kind))
    setattr(query, place, _day(kind, value) if kind in {"before", "after"} else value.lstrip("@#"))


def _day(name: str, value: str) -> date:
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise QueryWrong(
            _("“{name}:{value}” is no day. Write it as year, month and day: {name}:2026-11-22.").format(
                name=name, value=value
            )
        )
    return day
