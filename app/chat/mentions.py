"""`@name` in a message: which members of its room it names.

Whatever the case in which it is written. Not inside code, which Markdown takes out before it comes to this, and not
where the @ stands inside a word, an address of mail or of the web.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from django.db import connection
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from accounts.models import User
from chat.row_lists import flat, for_rows

# Names that are looked up for one message; those after them stay text.
MAX_NAMES = 50
MAX_NAME = User._meta.get_field("username").max_length or 0

# What a name may hold (Django's username validator), and the accents that some keyboards write apart from their letter.
RUN = re.compile(r"@([\w.@+\-\u0300-\u036f]+)")
# What else may stand before the @ of an address: ana.lopez+chat@example.com, example.com/@ana.
INSIDE_ADDRESS = "._%+-/"
# What ends a sentence or an emphasis may end a name, too.
CLOSING = ".@+-_"

NAMED = """
WITH wanted (slug, name) AS (VALUES {rows})
SELECT wanted.slug, person.id, person.username
FROM wanted
JOIN chat_room AS room ON room.slug = wanted.slug
JOIN accounts_user AS person ON LOWER(person.username) = LOWER(wanted.name) AND person.is_active
JOIN chat_membership AS member ON member.room_id = room.id AND member.user_id = person.id
"""


class Named(NamedTuple):
    """A member that can be mentioned."""

    id: int
    name: str


# Those whom a message may name, by their names as `folded` gives them.
Known = Mapping[str, Named]
NOBODY: Known = {}


def folded(name: str) -> str:
    """Equal for what is the same name to people."""
    return unicodedata.normalize("NFKC", name).casefold()


def names_in(body: str) -> list[str]:
    """What in `body` may be the name of somebody, and may be none."""
    names: dict[str, None] = {}
    for run in RUN.finditer(body):
        if _is_inside(body, run.start()):
            continue
        names.update(dict.fromkeys(unicodedata.normalize("NFKC", name) for name in _readings(run[1])))
        if len(names) >= MAX_NAMES:
            break
    return list(names)[:MAX_NAMES]


def people_named(wanted: Iterable[tuple[str, str]]) -> dict[str, dict[str, Named]]:
    """Of pairs of a room's address and a name: the active members of that room, for each room. One query, or none."""
    pairs = sorted(set(wanted))
    found: dict[str, dict[str, Named]] = {}
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(for_rows(NAMED, pairs), flat(pairs))
            for slug, user_id, name in cursor.fetchall():
                found.setdefault(slug, {})[folded(name)] = Named(user_id, name)
    return found


def _readings(run: str) -> Iterator[str]:
    """What the name may be, the longest first: `ana.` is ana at the end of a sentence, if nobody is called so."""
    for name in dict.fromkeys((run, run[:-1] if run[-1] in CLOSING else run, run.rstrip(CLOSING))):
        if 0 < len(name) <= MAX_NAME:
            yield name


def _is_inside(text: str, at: int) -> bool:
    """Whether the @ at this place belongs to a word or an address."""
    before = at - 1
    while before >= 0 and text[before] in INSIDE_ADDRESS:
        before -= 1
    return before >= 0 and (text[before].isalnum() or text[before] == "@")


# --- in Markdown -------------------------------------------------------------------------------------------------

KNOWN, FOUND = "known", "mentioned"


def mentions_plugin(parser: MarkdownIt) -> None:
    """Mentions of whom `env[KNOWN]` knows become <span class="mention">; their ids are put into `env[FOUND]`."""
    parser.inline.ruler.before("link", "mention", _mention)
    parser.add_render_rule("mention", _render)


def _mention(state: StateInline, silent: bool) -> bool:
    known: Known = state.env.get(KNOWN, NOBODY)
    if not known or state.src[state.pos] != "@" or _is_inside(state.src, state.pos):
        return False
    run = RUN.match(state.src, state.pos, state.posMax)
    for name in _readings(run[1]) if run else ():
        named = known.get(folded(name))
        if named is not None:
            if not silent:
                state.push("mention", "", 0).meta = {"named": named}
            state.pos += 1 + len(name)
            return True
    return False


def _render(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    named: Named = tokens[index].meta["named"]
    env.setdefault(FOUND, set()).add(named.id)
    return f'<span class="mention" data-user="{named.id}">@{escape(named.name)}</span>'
