"""What people write, checked and turned into HTML that is safe to show."""

from functools import cache

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt

from chat.errors import BadFrame, TooLong

MAX_BODY = 4000

TAGS = {
    *("p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}


def check_body(body: str) -> str:
    """The body as it is stored. Raises TooLong and BadFrame."""
    if len(body) > MAX_BODY:
        raise TooLong(f"A message has {MAX_BODY} characters at most; this one has {len(body)}.")
    if "\x00" in body:
        raise BadFrame("A message cannot hold the character NUL.")
    if not body.strip():
        raise BadFrame("A message needs at least one character that can be seen.")
    return body


def render(body: str) -> str:
    """Markdown to HTML; HTML in it is shown as it was typed. Cleaned afterwards, whatever the renderer let through."""
    return cleaner().clean(markdown().render(body))


@cache
def cleaner() -> nh3.Cleaner:
    """Made once: nh3.clean() would build its tables for every message, which takes longer than cleaning a short one."""
    return nh3.Cleaner(
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


@cache
def markdown() -> MarkdownIt:
    """CommonMark without raw HTML and images; a newline is a line break, an address a link."""
    options = {"html": False, "linkify": True, "breaks": True}
    parser = MarkdownIt("commonmark", options).enable(["linkify", "strikethrough"]).disable("image")
    # Only addresses with a scheme become links: to look for others takes a second on 4,000 ill-chosen characters.
    parser.linkify = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    # What is struck out is gone (<del>), not merely no longer right (<s>).
    parser.add_render_rule("s_open", lambda *_: "<del>")
    parser.add_render_rule("s_close", lambda *_: "</del>")
    return parser
