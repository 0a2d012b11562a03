"""Texts that are almost what is wanted: frames and bodies with one thing or another gone wrong."""

import json

from hypothesis import strategies as st

DEEP = "[" * 3_000 + "]" * 3_000

# JSON values that somebody forgot to think of, as they are written, and some that only look like JSON.
STRANGE = [
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1.0",
    "1e400",
    "1E5",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1" * 400,
    "1" * 5000,
    "0.1e-400",
    "NaN",
    "-Infinity",
    '""',
    '" "',
    r'"\u0000"',
    r'"\ud800"',
    r'"\udc00\ud800"',
    r'"\ud83e\uddc9"',
    '"\u202e"',
    '"\ufeff"',
    '"\x00"',
    r'"\x00"',
    '"%s%n{0}{{x}}"',
    json.dumps("x" * 65),
    json.dumps("x" * 4001),
    json.dumps("*" * 4000),
    json.dumps("[" * 4000),
    json.dumps("`" * 4000),
    json.dumps("> " * 2000),
    json.dumps("lobby"),
    "[]",
    "{}",
    "[[[[[]]]]]",
    '{"type":"ping"}',
    DEEP,
    "undefined",
    "'hola'",
    "",
]

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)

values = st.sampled_from(STRANGE) | plain_json.map(json.dumps)


@st.composite
def almost(draw: st.DrawFn, *good: dict[str, object]) -> str:
    """One of `good` as JSON, with fields changed, left out, doubled or added, and perhaps a letter wrong."""
    frame = draw(st.sampled_from(good))
    fields = [(key, json.dumps(value)) for key, value in frame.items()]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(fields) - 1)) if fields else 0
        match draw(st.sampled_from(["change", "leave out", "double", "add"])):
            case "change" if fields:
                fields[at] = (fields[at][0], draw(values))
            case "leave out" if fields:
                del fields[at]
            case "double" if fields:
                fields.append((fields[at][0], draw(values)))
            case _:
                fields.append((draw(st.text(max_size=5)), draw(values)))
    text = "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in fields) + "}"
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(max_size=3)) + text[at + draw(st.integers(0, 3)) :]
    return text
