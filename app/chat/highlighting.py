"""Code in a message, with its parts marked by what they are: room.css gives them their colours.

The language is the one that the fence names, of those that are listed here; nobody guesses. A lexer is a list of
somebody else's regular expressions, so only those are listed that take 4,000 ill-chosen characters in a tenth of a
second of CPU (tests/chat/test_highlighting.py).
"""

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import groupby
from operator import itemgetter

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType

# What people write after ```, and Pygments' name for it.
LANGUAGES = {
    **{name: name for name in ("bash", "c", "cpp", "css", "diff", "docker", "elixir", "go", "haskell")},
    **{name: name for name in ("html", "ini", "java", "javascript", "json", "kotlin", "lua", "nginx", "php")},
    **{name: name for name in ("powershell", "python", "ruby", "rust", "scss", "sql", "swift", "toml")},
    **{name: name for name in ("xml", "yaml")},
    "c++": "cpp",
    "dockerfile": "docker",
    "golang": "go",
    "hs": "haskell",
    "htm": "html",
    "js": "javascript",
    "jsx": "javascript",
    "kt": "kotlin",
    "patch": "diff",
    "ps1": "powershell",
    "py": "python",
    "python3": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "bash",
    "shell": "bash",
    "yml": "yaml",
    "zsh": "bash",
    "cfg": "ini",
    # Their own lexers take 0.2 and 0.4 s; these know most of their words.
    **dict.fromkeys(("typescript", "ts", "tsx"), "javascript"),
    **dict.fromkeys(("csharp", "cs", "c#"), "java"),
}

# Of these the time grows with the square of the length, for what looks like the beginning of a declaration or is blank
# (4,000 characters: 0.1 to 0.5 s). So they are read in pieces of whole lines; a comment that goes on in the next piece
# is not known there as one.
IN_PIECES = {"c", "cpp", "css", "diff", "ini", "java"}
PIECE = 1000

# Few, so that what is marked stays small: a message of 4,000 characters is 80 KB of HTML at the worst.
CLASSES = {
    Comment: "hl-c",
    Keyword: "hl-k",
    Keyword.Constant: "hl-n",
    Operator.Word: "hl-k",
    Name.Tag: "hl-k",
    String: "hl-s",
    Number: "hl-n",
    Name.Function: "hl-f",
    Name.Class: "hl-f",
    Name.Decorator: "hl-f",
    Name.Builtin: "hl-b",
    Name.Attribute: "hl-b",
    Name.Variable: "hl-b",
    Generic.Inserted: "hl-i",
    Generic.Deleted: "hl-d",
    Generic.Heading: "hl-c",
    Generic.Subheading: "hl-c",
}
CLASS_NAMES = frozenset(CLASSES.values())


def highlight(code: str, language: str, attributes: str) -> str:
    """`code` as HTML, for markdown-it; empty where the language is not known: it is then shown as it is."""
    name = LANGUAGES.get(language.lower())
    if name is None:
        return ""
    parts = (
        (class_of(kind), text)
        for piece in (pieces(code) if name in IN_PIECES else [code])
        for kind, text in _lexer(name).get_tokens(piece)
    )
    runs = groupby(parts, key=itemgetter(0))
    joined = ((found, escape("".join(text for _, text in run))) for found, run in runs)
    return "".join(f'<span class="{found}">{text}</span>' if found else text for found, text in joined)


def pieces(code: str) -> Iterator[str]:
    """Of at most PIECE characters, ending with a line wherever that is possible."""
    while len(code) > PIECE:
        end = code.rfind("\n", 0, PIECE) + 1 or PIECE
        yield code[:end]
        code = code[end:]
    yield code


@cache
def class_of(kind: _TokenType) -> str:
    """Of the nearest kind that has one, of which this one is a special case; else empty."""
    while kind not in CLASSES and kind.parent is not None:
        kind = kind.parent
    return CLASSES.get(kind, "")


@cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)
