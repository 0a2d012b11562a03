"""From a clean clone to a room of people who talk across containers, while workers come, go and die."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from websockets.exceptions import ConnectionClosed

from tests.browser.visitor import Shown, Visitor
from tests.stack.checkout import ROOT
from tests.stack.container import docker
from tests.stack.programs import Programs, Reporter
from tests.stack.stack import Stack
from tests.waiting import until
from tests.wire import Chat

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SCREENSHOTS = ROOT / "var" / "screenshots"

# Whom least_conn gives a socket depends on who holds sockets: nobody but the people of this walk does.


def screenshot(visitor: Visitor, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    visitor.page.screenshot(path=Path(SCREENSHOTS, f"{name}.png"))


def test_before_the_first_run_every_page_leads_to_one_form(stack: Stack, chromium: Browser) -> None:
    someone = Visitor(chromium, stack.url)
    for path in ("/", "/rooms/lobby/", "/sign-in/", "/invite/", "/admin/", "/nowhere/"):
        someone.goes_to(path)
        assert someone.path == "/first-run/", f"{path} led to {someone.path}"
    someone.sees_heading("Welcome to Tertulia")
    screenshot(someone, "1-first-run")
    assert someone.complaints == []
    someone.context.close()


def test_the_first_run_opens_the_lobby(ana: Visitor) -> None:
    ana.sees_heading("Lobby")
    ana.sees("Nobody has said anything yet.")
    screenshot(ana, "2-lobby")


def test_two_people_talk_in_order_through_two_workers(stack: Stack, ana: Visitor, berto: Visitor) -> None:
    assert stack.worker_of("ana") != stack.worker_of("berto")
    expected = []
    for number in range(20):
        name, speaker, listener = (("ana", ana, berto), ("berto", berto, ana))[number % 2]
        text = f"{name} says {number}"
        speaker.says(text)
        for visitor in (speaker, listener):
            visitor.hears(text)
        expected.append(Shown(name, text, "delivered"))
    assert ana.shown() == expected
    assert berto.shown() == expected
    screenshot(berto, "3-talk")


def test_an_outsider_sees_nothing_of_a_private_room(ana: Visitor, berto: Visitor, carla: Visitor) -> None:
    makes_private_room(ana, "Trastienda", berto)
    berto.enters("trastienda")
    ana.enters("trastienda")
    ana.says("between us")
    berto.hears("between us")

    carla.says("am I alone?")
    carla.hears("am I alone?")
    assert "trastienda" not in str(carla.sockets.received).lower()
    assert carla.asks_socket("/ws/chat/trastienda/") == "closed with 4403"
    assert '"not_found"' in carla.asks_socket("/ws/chat/", {"type": "subscribe", "id": 1, "room": "trastienda"})
    for path in ("/rooms/trastienda/", "/rooms/trastienda/settings/", "/api/v1/rooms/trastienda/messages/"):
        assert carla.goes_to(path) == 404
        carla.sees_nothing_of("between us")
    carla.goes_to("/rooms/trastienda/")
    carla.sees_heading("Nobody is sitting here")
    carla.goes_to("/")
    carla.sees_nothing_of("rastienda")
    for visitor in (ana, berto, carla):
        visitor.enters("lobby")
    ana.hears("am I alone?")
    screenshot(carla, "4-phone")


def test_more_workers_are_taken_up_without_a_reload(stack: Stack, programs: Programs) -> None:
    before = stack.container("nginx")
    processes = processes_of(before.id)
    answered = len(stack.access_log())
    [scale] = re.findall(r"^docker compose up .*--scale ws=4.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    stack.shell(scale)

    def workers_with_sockets() -> set[int]:
        programs.typed()
        return {socket["worker"] for socket in stack.sockets_of("weather")}

    until(lambda: workers_with_sockets() == {1, 2, 3, 4})

    def upstreams() -> set[str]:
        stack.get("/sign-in/")
        pages = [record for record in stack.access_log()[answered:] if record["path"] == "/sign-in/"]
        return {record["upstream"] for record in pages}

    webs = {f"{web.networks['edge']}:8000" for web in stack.containers("web")}
    assert len(webs) == 3
    until(lambda: upstreams() == webs)

    after = stack.container("nginx")
    assert (after.id, after.details["State"]["StartedAt"]) == (before.id, before.details["State"]["StartedAt"])
    assert processes_of(after.id) == processes, "a reload replaces nginx's worker processes"


def test_fewer_workers_lose_nobody_and_nothing(stack: Stack, ana: Visitor, berto: Visitor, programs: Programs) -> None:
    until(lambda: berto.enters("lobby") and stack.worker_of("berto") > 2)
    before = len(programs.log("lobby"))
    others = [programs.typed() for _ in range(8)]
    said: list[str] = []
    with Reporter(programs, "lobby") as reporter:
        until(lambda: reporter.acknowledged)
        leaving = stack.start_compose("up", "--wait", "--no-recreate", "--scale", "ws=2", "--scale", "web=1")
        while leaving.poll() is None:
            said.append(f"still here {len(said)}")
            berto.says(said[-1])
            berto.page.wait_for_timeout(250)
        output, errors = leaving.communicate()
        assert leaving.returncode == 0, output + errors
        until(lambda: stack.worker_of("berto") <= 2)
        berto.hears(said[-1])
        now = len(reporter.acknowledged)
        until(lambda: len(reporter.acknowledged) > now)
    assert len(stack.containers("ws")) == 2
    assert {how_it_ended(socket) for socket in others} == {"open", "closed with 1012"}

    log = programs.log("lobby")
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    posted = [event for event in log if event["kind"] == "message.posted"]
    ids = [event["data"]["client_id"] for event in posted if event["by"]["name"] == "weather"]
    assert set(reporter.acknowledged) <= set(ids)
    assert len(ids) == len(set(ids))
    since = [event["data"]["body"] for event in posted if event["seq"] > before]
    assert [body for body in since if body.startswith("still here")] == said
    for visitor in (ana, berto):
        visitor.hears(since[-1])
        # A page holds the newest rows of a room, 200 at the least.
        newest = since[-200:]
        assert visitor.texts()[-len(newest) :] == newest


def test_when_a_worker_dies_its_people_come_back_and_catch_up(stack: Stack, ana: Visitor, berto: Visitor) -> None:
    mark_page(berto)
    ana.says("before the crash")
    berto.hears("before the crash")
    opened = len(stack.sockets_of("berto"))
    worker = next(one for one in stack.containers("ws") if one.number == stack.worker_of("berto"))

    berto.context.set_offline(True)
    kill_within(worker.id)
    for text in ("one", "two", "three"):
        ana.says(f"{text} while he is away")
    ana.hears("three while he is away")
    berto.context.set_offline(False)

    berto.hears("three while he is away")
    assert berto.texts()[-4:] == ana.texts()[-4:]
    # To another worker, or to this one, which may be back by now.
    until(lambda: len(stack.sockets_of("berto")) > opened)
    assert berto.sockets.sent[-1]["type"] in {"subscribe", "presence", "read"}
    assert [frame for frame in berto.sockets.sent if frame["type"] == "subscribe"][-1]["since"] > 0
    assert is_marked(berto), "the page was loaded anew"
    until(lambda: all(one.health == "healthy" for one in stack.containers("ws")), within=60)
    assert [one.details["RestartCount"] for one in stack.containers("ws") if one.id == worker.id] == [1]


def test_what_was_said_is_there_after_down_and_up(
    stack: Stack, ana: Visitor, berto: Visitor, carla: Visitor, programs: Programs
) -> None:
    keys = secrets_of(stack)
    log = programs.log("lobby")
    said = ana.texts()[-20:]
    mark_page(berto)
    stack.down()
    assert stack.containers() == []
    berto.is_reconnecting()
    berto.says("while all is gone")
    stack.up()
    berto.looks_again()

    assert secrets_of(stack) == keys
    assert programs.log("lobby")[: len(log)] == log
    ana.enters("lobby")
    ana.hears("while all is gone")
    assert ana.texts()[-21:] == [*said, "while all is gone"]
    berto.is_connected()
    ana.says("we are back")
    berto.hears("we are back")
    assert is_marked(berto), "the page was loaded anew"
    screenshot(ana, "5-after-down-and-up")
    for visitor in (ana, berto, carla):
        assert [one for one in visitor.complaints if "Security Policy" in one or "uncaught" in one] == []


def how_it_ended(socket: Chat) -> str:
    try:
        socket.ask("ping")
    except ConnectionClosed as closed:
        return f"closed with {closed.rcvd.code if closed.rcvd else None}"
    return "open"


def makes_private_room(owner: Visitor, name: str, guest: Visitor) -> None:
    owner.goes_to("/")
    owner.follows("New room")
    owner.fills_in("Name", name)
    owner.page.get_by_role("checkbox").check()
    owner.presses("Create the room")
    owner.opens_menu("This room")
    owner.follows("Room settings")
    owner.fills_in("Add by name", "berto")
    owner.presses("Add")
    expect(owner.page.locator(".members")).to_contain_text("berto")
    guest.goes_to("/")
    guest.sees(name)


def processes_of(container: str) -> set[str]:
    """The engine's ids of what runs in a container, but for a health check that passes by."""
    lines = docker("top", container, "-o", "pid,args").splitlines()[1:]
    return {line.split()[0] for line in lines if "nginx" in line}


def kill_within(container: str) -> None:
    """kill -9 from inside, as a crash: the engine was not asked to stop it. Process 1 is the init."""
    crash = "import os; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), 9)"
    docker("exec", container, "python", "-c", crash)


def secrets_of(stack: Stack) -> list[str]:
    return [stack.secret(name) for name in ("app/secret_key", "database/password")]


def mark_page(visitor: Visitor) -> None:
    visitor.page.evaluate("self.marked = true")


def is_marked(visitor: Visitor) -> bool:
    return bool(visitor.page.evaluate("self.marked === true"))
