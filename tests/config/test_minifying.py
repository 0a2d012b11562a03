"""Scripts without what only their readers need."""

import re
import subprocess
from pathlib import Path

import pytest

from config.minifying import minified


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("class Long { #long = 1; get y() { return this?.#long ?? 0; } }", "class _{#_=1;get y(){return this?.#_??0}}"),
        ("say(`two  blanks // ${ who }  here`); // gone", "say(`two  blanks // ${who}  here`);"),
        ("say(`in ${ say ? `here  // too` : '' } it`);", 'say(`in ${say?`here  // too`:""} it`);'),
        ("export const blank = (text) => /[/']  /.test(text);", "export const blank=(_)=>/[/']  /.test(_);"),
        ("export function go(long) { return long.name; }", "export function go(_){return _.name}"),
        (
            "import { one } from './mod.js'; one.go(import('./two.js'));",
            'import{one as _}from"./mod.js";_.go(import("./two.js"));',
        ),
        (
            "export function go() { const a = say(); const { long } = say(a); return long; }",
            "export function go(){const _=say();const{long:_}=say(_);return _}",
        ),
    ],
)
def test_names_and_blanks_go_and_nothing_else(tmp_path: Path, written: str, served: str) -> None:
    script = tmp_path / "script.js"
    script.write_text(written)
    # The letters that a name becomes are Bun's to choose.
    assert re.sub(r"(?<![.\w])[a-z](?![\w(])", "_", minified(script).strip()) == served


def test_a_script_that_was_changed_is_minified_again(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text("say('one');")
    assert minified(script).strip() == 'say("one");'
    script.write_text("say('two');")
    assert minified(script).strip() == 'say("two");'


def test_what_is_no_script_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "script.js"
    script.write_text("export const = 1;")
    with pytest.raises(subprocess.CalledProcessError):
        minified(script)
