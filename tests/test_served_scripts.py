"""What browsers load of our scripts: small, by names that last, and doing what was written."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from config.minifying import minified
from tests import served_scripts
from tests.served_scripts import APP, ROOM_PAGE, ROOT, Served, cannot_tell, changed, not_hashed, scripts_of, too_large


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Served:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.HashedStaticFilesStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return Served(tmp_path)


def test_the_scripts_of_the_room_page_stay_within_what_they_may_be(served: Served) -> None:
    assert too_large(served) is None


def test_every_module_that_a_page_may_load_is_counted(served: Served) -> None:
    """Those that it names, those they import, and those that are imported later, by a call."""
    counted = {script.name.partition(".")[0] for script in served.loaded_by(ROOM_PAGE)}
    client = {path.stem for path in (APP / "chat/static/chat/client").glob("*.js")}
    assert client - {"types"} < counted  # which only the type checker reads
    assert {Path(name).stem for name in scripts_of(ROOM_PAGE)} < counted


def test_one_byte_more_than_the_budget_is_told_with_the_figures(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = sum(served.loaded_by(ROOM_PAGE).values())
    monkeypatch.setattr(served_scripts, "BUDGET", total)
    assert too_large(served) is None
    monkeypatch.setattr(served_scripts, "BUDGET", total - 1)
    said = too_large(served)
    assert said is not None
    assert said.startswith(f"The room page may load {total:,} bytes of scripts, of {total - 1:,}:\n")


def test_an_import_that_was_not_hashed_is_told(served: Served) -> None:
    assert not_hashed(served) is None
    script = served.file("chat/room.js")
    script.write_text('export*from"./text.js";' + script.read_text())
    said = not_hashed(served)
    assert said is not None
    assert said.endswith("chat/room.js imports ./text.js")


@pytest.mark.skipif(cannot_tell() is not None, reason=str(cannot_tell()))
def test_the_served_scripts_are_the_programs_that_were_written(served: Served) -> None:
    assert len(served.ours()) > 20
    assert changed(served.ours()) is None


@pytest.mark.skipif(cannot_tell() is not None, reason=str(cannot_tell()))
@pytest.mark.parametrize(
    ("written", "served", "same"),
    [
        ("const one = 1; f(one, 'x');", "const a=1;f(a,`x`);", True),
        ("export const f = (x = Infinity) => { return undefined; };", "export const f=(a=1/0)=>{return};", True),
        ("const { b } = c;", "const{b:a}=c;", True),
        ("import { a } from './b.js';", "import{a as c}from'./b.012345.js';", True),
        ("const a = g(); const { b } = h(a);", "const{b:c}=h(a),a=g();", False),
        ("f(a.name);", "f(a.b);", False),
        ("class A { #x = 1; y() { return this?.#x; } }", "class A{#b=1;y(){return this?.#x}}", False),
        ("f(() => /  /);", "f(()=>/ /);", False),
        ("f(`a  ${b}`);", "f(`a ${b}`);", False),
        ("a = b\n++c", "a=b++c", False),
    ],
)
def test_a_script_that_means_something_else_is_told(tmp_path: Path, written: str, served: str, same: bool) -> None:
    source, result = tmp_path / "source.js", tmp_path / "served.js"
    source.write_text(written)
    result.write_text(served)
    said = changed([(source, source), (source, result)])
    assert (said is None) == same
    assert same or (said or "").count("source.js: ") == 1


def test_the_modules_do_minified_what_their_tests_say(tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("there is no node (20 or newer) to run tests/js/*.test.js")
    for source in APP.glob("*/static/**/*.js"):
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(minified(source))
    shutil.copytree(ROOT / "tests" / "js", tmp_path / "tests" / "js")
    shutil.copy(ROOT / "package.json", tmp_path)
    tests = sorted(str(path) for path in (tmp_path / "tests" / "js").glob("*.test.js"))
    assert tests
    ran = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_check_fails_where_something_is_wrong(served: Served, settings: Settings) -> None:
    if reason := cannot_tell():
        pytest.skip(reason)
    script = served.file("chat/theme.js")
    script.write_text(script.read_text() + f"/*{'x' * served_scripts.BUDGET}*/")
    command = [sys.executable, "-m", "tests.served_scripts", settings.STATIC_ROOT]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert script.name in ran.stdout
