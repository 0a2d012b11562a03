"""What people write, checked and turned into HTML that is safe to show."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt

from chat.errors import BadFrame, TooLong
from chat.highlighting import CLASS_NAMES, highlight
from chat.mentions import FOUND, KNOWN, NOBODY, Known, mentions_plugin

MAX_BODY = 4000

TAGS = {
    *("p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "span"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body as it is shown, and the ids of the members whom it names, but for its author's."""

    html: str
    mentions: list[int]


def check_body(body: str, *, may_be_blank: bool = False) -> str:
    """The body as it is stored. Raises TooLong and BadFrame."""
    if len(body) > MAX_BODY:
        raise TooLong(f"A message has {MAX_BODY} characters at most; this one has {len(body)}.")
    if "\x00" in body:
        raise BadFrame("A message cannot hold the character NUL.")
    if not may_be_blank and not body.strip():
        raise BadFrame("A message needs at least one character that can be seen.")
    return body


def render(body: str, known: Known = NOBODY, *, author: int | None = None) -> Rendered:
    """Markdown to HTML; HTML in it is shown as it was typed. Cleaned afterwards, whatever the renderer let through.

    `known`: whom it may name.
    """
    env: dict[str, Any] = {KNOWN: known}
    html = cleaner().clean(markdown().render(body, env))
    return Rendered(html, sorted(env.get(FOUND, set()) - {author}))


@cache
def cleaner() -> nh3.Cleaner:
    """Made once: nh3.clean() would build its tables for every message, which takes longer than cleaning a short one."""
    return nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}, "span": {"data-user"}},
        allowed_classes={"span": {"mention", *CLASS_NAMES}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


@cache
def markdown() -> MarkdownIt:
    """CommonMark without raw HTML and images; a newline is a line break, an address a link."""
    # What is nested deeper is gone, words and all: after 20 levels by default. With 50 an ill-chosen body takes 90 ms.
    options = {"html": False, "linkify": True, "breaks": True, "highlight": highlight, "maxNesting": 50}
    parser = MarkdownIt("commonmark", options).enable(["linkify", "strikethrough"]).disable("image")
    parser.use(mentions_plugin)
    # Only addresses with a scheme become links: to look for others takes a second on 4,000 ill-chosen characters.
    parser.linkify = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    # What is struck out is gone (<del>), not merely no longer right (<s>).
    parser.add_render_rule("s_open", lambda *_: "<del>")
    parser.add_render_rule("s_close", lambda *_: "</del>")
    return parser
