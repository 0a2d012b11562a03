"""Code is marked by what it is, and costs little."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.highlighting import CLASS_NAMES, LANGUAGES, PIECE, highlight, pieces
from chat.text import MAX_BODY, render
from tests.fuzzing import effort
from tests.page import Elements


def test_code_is_marked_by_what_it_is() -> None:
    assert render("```python\ndef f(x):  # why\n    return 'a' + 1\n```").html == (
        '<pre><code><span class="hl-k">def</span> <span class="hl-f">f</span>(x):  '
        '<span class="hl-c"># why</span>\n    <span class="hl-k">return</span> '
        '<span class="hl-s">&#x27;a&#x27;</span> + <span class="hl-n">1</span>\n</code></pre>\n'
    ).replace("&#x27;", "'")


def test_a_patch_says_what_came_and_went() -> None:
    html = render("```diff\n-old\n+new\n```").html
    assert '<span class="hl-d">-old' in html
    assert '<span class="hl-i">+new' in html


@pytest.mark.parametrize("language", ["", "nonsense", "text", "../python", "python ", "<b>", "pythonx"])
def test_what_no_list_names_is_shown_as_it_is(language: str) -> None:
    assert highlight("def f(): pass", language, "") == ""
    assert "hl-" not in render("```\ndef f(): pass\n```").html


@pytest.mark.parametrize("language", ["python", "PYTHON", "py", "python title=x", "js", "c++", "Dockerfile"])
def test_a_language_has_the_names_that_people_give_it(language: str) -> None:
    assert "hl-" in render(f"```{language}\nFROM 'x' // 1\nreturn 1\n```").html


CODE = st.text(alphabet=st.sampled_from("<>&\"'/\\#=-+*(){}[]$@:;%!? \n\tabcdefinrstx01"), max_size=120)


@given(st.sampled_from(sorted(LANGUAGES)), CODE)
@effort(300)
def test_code_stays_what_was_typed(language: str, code: str) -> None:
    shown = Elements(f"<pre>{highlight(code, language, '')}</pre>")
    assert shown.tags <= {"pre", "span"}
    assert {attributes["class"] for tag, attributes in shown.elements if tag == "span"} <= CLASS_NAMES
    marked = highlight(code, language, "")
    text = re.sub(r"</?span[^>]*>", "", marked)
    for entity, character in {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&amp;": "&"}.items():
        text = text.replace(entity, character)
    assert text == code


# Of what was tried (docs/decisions.md), what took some lexer longest.
ILL_CHOSEN = [
    *"a1\n\t({`$@?#*",
    *("a ", "a.", "a\n", "a<", "<a", "- ", "//", "${", '"\\', "'\\", "[[", "+-", "..", "a(", "class a\n"),
]


@pytest.mark.parametrize("language", sorted(set(LANGUAGES.values())))
def test_ill_chosen_code_costs_no_second_of_the_worker(language: str) -> None:
    """Half a message: what grows with the square of the length takes a quarter of what a whole one takes."""
    took = {unit: seconds_for(language, (unit * MAX_BODY)[: MAX_BODY // 2]) for unit in ILL_CHOSEN}
    slow = [unit for unit, seconds in took.items() if seconds > 0.5]
    assert slow == []


def seconds_for(language: str, code: str) -> float:
    """Of CPU."""
    started = process_time()
    highlight(code, language, "")
    return process_time() - started


@given(st.text(alphabet=st.sampled_from("ab \n"), max_size=5000))
@effort(50)
def test_pieces_put_together_are_the_code(code: str) -> None:
    found = list(pieces(code))
    assert "".join(found) == code
    assert max(map(len, found)) <= PIECE


def test_pieces_end_with_a_line() -> None:
    assert list(pieces("x\n" * PIECE)) == ["x\n" * (PIECE // 2)] * 2
    assert [len(piece) for piece in pieces("x" * (2 * PIECE + 1))] == [PIECE, PIECE, 1]
