"""A hit as it is shown: a piece of the message, with what was searched for marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.search_query import Term, folded

# Characters of a piece, and of them before the first hit.
LENGTH, LEAD = 200, 60

# Letters and digits, each with the accents that may follow as characters of their own.
WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet."""

    text: str
    hit: bool


def snippet(body: str, terms: Sequence[Term]) -> list[Piece]:
    """The surroundings of the first hit, or the beginning. Plain text: whoever shows it escapes it."""
    text = " ".join(body.split())
    hits = _hits(text, [term for term in terms if not term.excluded])
    start, end = _window(text, hits[0][0] if hits else 0)
    pieces = [Piece("… ", hit=False)] if start else []
    place = start
    for first, last in hits:
        if first < place or last > end:
            continue
        pieces += [Piece(text[place:first], hit=False), Piece(text[first:last], hit=True)]
        place = last
    pieces.append(Piece(text[place:end] + (" …" if end < len(text) else ""), hit=False))
    return [piece for piece in pieces if piece.text]


def _hits(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where the terms stand, in order; of those that overlap, the first comes first."""
    words = [(match.start(), match.end(), folded(match[0])) for match in WORD.finditer(text)]
    places: dict[str, list[int]] = {}
    for place, (_, _, word) in enumerate(words):
        places.setdefault(word, []).append(place)
    found: list[tuple[int, int]] = []
    for term in terms:
        # As the text is split: the database may see one word where this sees two.
        *before, last = WORD.findall(" ".join(term.words))
        ends = [word for word in places if word.startswith(last)] if term.begins else [last]
        for end in (end for word in ends for end in places.get(word, ())):
            start = end - len(before)
            if start >= 0 and all(words[start + number][2] == word for number, word in enumerate(before)):
                found.append((words[start][0], words[end][1]))
    return sorted(found)


def _window(text: str, hit: int) -> tuple[int, int]:
    """Where the piece begins and ends: between words, where that is near."""
    start = 0 if hit <= LEAD else hit - LEAD
    if start:
        blank = text.find(" ", start, hit)
        start = blank + 1 if blank >= 0 else start
    end = min(start + LENGTH, len(text))
    if end < len(text):
        blank = text.rfind(" ", end - LEAD, end)
        end = blank if blank > hit else end
    return start, end
