"""What people write becomes HTML that is safe to show."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.errors import BadFrame, TooLong
from chat.text import MAX_BODY, TAGS, check_body, render
from tests.page import Elements

SCHEMES = ("http:", "https:", "mailto:")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("hola", "<p>hola</p>"),
        ("**strong** and *em*", "<p><strong>strong</strong> and <em>em</em></p>"),
        ("~~gone~~", "<p><del>gone</del></p>"),
        ("`x < y`", "<p><code>x &lt; y</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("# Loud", "<h1>Loud</h1>"),
        ("<b>text</b>", "<p>&lt;b&gt;text&lt;/b&gt;</p>"),
        ("&lt;", "<p>&lt;</p>"),
    ],
)
def test_markdown_is_html(body: str, html: str) -> None:
    assert render(body).html.strip() == html


@pytest.mark.parametrize("body", ["https://example.com/a?b=c", "[here](https://example.com)", "<https://example.com>"])
def test_an_address_is_a_link_that_gives_nothing_away(body: str) -> None:
    [(tag, attributes)] = [element for element in Elements(render(body).html).elements if element[0] == "a"]
    assert tag == "a"
    assert (attributes["href"] or "").startswith("https://example.com")
    assert attributes["rel"] == "noopener noreferrer nofollow"


def test_what_only_looks_like_an_address_is_none() -> None:
    assert "<a" not in render("www.example.com and ana@example.com").html


@pytest.mark.parametrize("level", ["> ", "- "])
def test_what_is_nested_deeper_than_anybody_writes_is_still_there(level: str) -> None:
    assert "deep" in render(level * 20 + "deep").html


def test_ill_chosen_characters_cost_no_second_of_the_worker() -> None:
    started = process_time()
    for unit in ("~+h+www.=", "www.|", "1.1.1.1|", "http://a|", "[", "*a_", "> "):
        render((unit * MAX_BODY)[:MAX_BODY])
    assert process_time() - started < 3  # CPU seconds; the first alone once took one of its own


def is_safe(html: str) -> bool:
    shown = Elements(html)
    attributes = {name for _, found in shown.elements for name in found}
    return (
        shown.tags <= TAGS
        and attributes <= {"href", "rel", "start", "class", "data-user"}
        and all(link.startswith(SCHEMES) for link in shown.links)
    )


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://elsewhere.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:msgbox(1))",
        '[x](https://example.com" onclick="alert(1))',
        '<a href="https://example.com" onclick="alert(1)">x</a>',
        "<svg><script>alert(1)</script></svg>",
        "`<script>`",
        "```html\n<script>alert(1)</script>\n```",
        "<style>*{display:none}</style>",
        "<!-- --><script>alert(1)</script>",
        "[x]: javascript:alert(1)\n\n[x]",
    ],
)
def test_nothing_dangerous_comes_through(body: str) -> None:
    assert is_safe(render(body).html)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>[]()!*_~`#-\"'=/\\&;:. \n\tascriptjhtp1"), max_size=60))
def test_nothing_that_can_be_typed_comes_through(body: str) -> None:
    assert is_safe(render(body).html)


def test_a_body_is_kept_as_it_was_written() -> None:
    for body in (" hola ", "a\r\nb", "👩‍👩‍👧‍👦", "مرحبا", "\u202ehola", "x" * MAX_BODY):
        assert check_body(body) == body


@pytest.mark.parametrize("body", ["", " ", "\n", "\u00a0", "\u3000\t"])
def test_a_body_must_have_something_to_see(body: str) -> None:
    with pytest.raises(BadFrame):
        check_body(body)


def test_a_body_is_counted_in_characters_not_in_bytes() -> None:
    assert check_body("🧉" * MAX_BODY)
    with pytest.raises(TooLong):
        check_body("🧉" * (MAX_BODY + 1))
