"""What README.md and docs/operating.md tell an operator to type."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.browser.visitor import Visitor
from tests.people import PASSWORD
from tests.stack.checkout import ROOT
from tests.stack.programs import Programs
from tests.stack.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture
def other_database(stack: Stack) -> Iterator[str]:
    """A second, empty installation in the same server; its URL."""
    stack.compose("exec", "-T", "db", "createdb", "-U", "tertulia", "other")
    url = "postgresql://tertulia@db:5432/other"
    stack.manage("migrate", "--noinput", DATABASE_URL=url)
    yield url
    stack.compose("exec", "-T", "db", "dropdb", "-U", "tertulia", "other")


def test_the_first_run_can_be_done_without_a_browser_and_once(stack: Stack, other_database: str) -> None:
    variables = {"FIRST_RUN_PASSWORD": PASSWORD, "DATABASE_URL": other_database}
    done = stack.manage("first_run", "ana", "--room", "Plaza", **variables)
    assert "ana is the administrator" in done
    again = stack.try_manage("first_run", "berto", "--room", "Plaza", **variables)
    assert again.returncode != 0
    assert "The first run has been done already" in again.stderr
    weak = stack.try_manage("first_run", "ana", FIRST_RUN_PASSWORD="short")
    assert weak.returncode != 0


def test_a_token_is_made_listed_and_revoked(stack: Stack, ana: Visitor) -> None:
    token = stack.manage("token", "radio", "--room", "lobby").strip()
    assert token.startswith("tertulia_")
    [line] = [line for line in stack.manage("token", "--list").splitlines() if "\tradio\t" in line]
    assert token not in line
    authorization = {"Authorization": f"Bearer {token}"}
    me = f"{stack.url}/api/v1/me/"
    assert httpx.get(me, headers=authorization, trust_env=False).json()["name"] == "radio"

    stack.manage("token", "--revoke", line.split("\t")[0])
    assert httpx.get(me, headers=authorization, trust_env=False).status_code == 401
    assert "\tradio\t" not in stack.manage("token", "--list")


def test_a_revoked_token_takes_its_sockets_with_it(stack: Stack, ana: Visitor, programs: Programs) -> None:
    token = stack.manage("token", "radio", "--room", "lobby").strip()
    socket = programs.of(token).typed()
    [line] = [line for line in stack.manage("token", "--list").splitlines() if "\tradio\t" in line]
    stack.manage("token", "--revoke", line.split("\t")[0])
    assert socket.close_code() == 4401
    late = programs.of(token).open("/ws/chat/lobby/")
    assert late.close_code() == 4401


def test_a_backup_can_be_restored(stack: Stack, ana: Visitor, programs: Programs) -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    dump, restore = re.findall(r"^docker compose exec -T db pg_.*$", page, re.MULTILINE)
    before = programs.log("lobby")
    stack.shell(dump)
    programs.typed().post("lobby", "after the backup")
    assert len(programs.log("lobby")) == len(before) + 1

    stack.slowly("stop", "web", "ws")
    the_site_asks_for_patience(stack)
    stack.shell(restore)
    stack.up()
    assert programs.log("lobby") == before
    ana.enters("lobby")
    ana.says("after the restore")
    ana.hears("after the restore")


def the_site_asks_for_patience(stack: Stack) -> None:
    page = stack.get("/")
    assert page.status_code == 503
    assert "One moment, please" in page.text
    assert page.headers["Retry-After"] == "2"
    assert stack.get("/api/v1/me/").json()["error"]["code"] == "unavailable"
    assert stack.get("/static/nginx/errors.css").status_code == 200
