"""`./run deploy`: a new image takes over while people talk, or the old one stays."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.browser.visitor import Visitor
from tests.stack.container import docker
from tests.stack.load import Listener, Repeater, Requests
from tests.stack.programs import Programs, Reporter
from tests.stack.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

LISTENERS = 3
REPORTERS = 3


class Deploy:
    """`./run deploy` in the stack's folder, and what it does to the containers."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["./run", "deploy", *arguments],
            cwd=self.stack.folder,
            env=self.stack.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def fails(self, *arguments: str) -> str:
        """What it says when it fails."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 1, output
        return output

    def succeeds(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return output

    def starts_beside(self, old: set[str]) -> "subprocess.Popen[str]":
        """Until a new web container is there."""
        process = self.start()
        until(lambda: {one.id for one in self.stack.containers("web")} > old or process.poll() is not None, within=300)
        assert process.poll() is None, process.communicate()
        return process

    def is_interrupted(self, process: "subprocess.Popen[str]") -> None:
        """Another one refuses while it runs."""
        try:
            assert "Another deploy" in self.fails()
        finally:
            process.terminate()
        output, _ = process.communicate()
        assert process.returncode == 130, output
        assert "Interrupted" in output

    def containers(self, *services: str) -> dict[str, set[str]]:
        """The ids of each service's containers."""
        return {service: {one.id for one in self.stack.containers(service)} for service in services}

    def image(self) -> str:
        """The id of the one that the containers' image's name stands for at this moment."""
        name = self.stack.containers("web")[0].details["Config"]["Image"]
        return docker("image", "inspect", "--format", "{{.Id}}", name).strip()

    def images(self) -> set[str]:
        """The ids of those that web and ws run."""
        return {one.details["Image"] for service in ("web", "ws") for one in self.stack.containers(service)}


@pytest.fixture
def deploy(stack: Stack, ana: Visitor) -> Deploy:
    return Deploy(stack)


@contextmanager
def changed(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    """A file of the stack's checkout, or one that is not there, for as long as the block lasts."""
    before = path.read_text() if path.exists() else None
    path.write_text(change(before or ""))
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)


def test_nobody_notices_not_even_that_it_was_interrupted(
    stack: Stack, deploy: Deploy, programs: Programs, token: str, ana: Visitor
) -> None:
    style = stack.folder / "app" / "chat" / "static" / "chat" / "base.css"
    before = deploy.containers("web", "ws", "nginx", "redis", "db")
    image = deploy.image()
    since = len(programs.log("lobby"))
    listeners = [Listener(programs, "lobby", since) for _ in range(LISTENERS)]
    reporters = [Reporter(programs, "lobby") for _ in range(REPORTERS)]
    requests = Requests(stack, token)
    with closing(requests), ExitStack() as load, changed(style, lambda text: f"{text}\n/* of the next release */\n"):
        for once in [*(listener.listen for listener in listeners), requests.once]:
            load.enter_context(Repeater(once))
        for reporter in reporters:
            load.enter_context(reporter)
        until(lambda: requests.posted and all(reporter.acknowledged for reporter in reporters))
        old_files = set(requests.files)

        deploy.is_interrupted(deploy.starts_beside(before["web"]))
        said = deploy.succeeds()
        assert "Going on with the deploy" in said
        assert re.search(r"^\[ +\d+ s\] Done\.$", said, re.MULTILINE)
        assert "Nothing to do" in deploy.succeeds()

        done = [len(reporter.acknowledged) for reporter in reporters]
        until(lambda: all(len(one.acknowledged) > was for one, was in zip(reporters, done, strict=True)))
        log = len(programs.log("lobby"))
        until(lambda: all(listener.last >= log for listener in listeners))

    after = deploy.containers("web", "ws", "nginx", "redis", "db")
    for service in ("web", "ws"):
        assert len(after[service]) == len(before[service])
        assert not after[service] & before[service]
    for service in ("nginx", "redis", "db"):
        assert after[service] == before[service]
    assert deploy.images() == {deploy.image()} != {image}

    assert [answer for answer in requests.answers if answer[1] != 200] == []
    assert requests.files > old_files, "the new release's pages name a new file"
    assert {name: stack.get(name).status_code for name in requests.files} == dict.fromkeys(requests.files, 200)
    acknowledged = {one for reporter in reporters for one in reporter.acknowledged} | set(requests.posted)
    everything = programs.log("lobby")[since:]
    written = [event["data"]["client_id"] for event in everything if event["kind"] == "message.posted"]
    assert acknowledged <= set(written)
    assert len(written) == len(set(written))
    for listener in listeners:
        numbers = [event["seq"] for event in listener.seen]
        assert numbers == list(range(since + 1, since + 1 + len(numbers)))
    ana.enters("lobby")
    ana.says("after the deploy")
    ana.hears("after the deploy")


def test_an_image_that_does_not_start_leaves_the_old_one_at_work(stack: Stack, deploy: Deploy) -> None:
    before = deploy.containers("web", "ws", "nginx")
    image = deploy.image()
    role = "    ws)\n"
    broken = f'{role}        echo "broken on purpose" >&2; exit 1\n'
    with changed(stack.folder / "deploy" / "entrypoint.sh", lambda text: text.replace(role, broken)):
        said = deploy.fails()
    assert "broken on purpose" in said
    assert "Nothing was replaced" in said
    assert deploy.containers("web", "ws", "nginx") == before
    assert deploy.image() == image
    assert stack.get("/sign-in/").status_code == 200


def test_a_migration_that_fails_leaves_the_old_one_at_work(stack: Stack, deploy: Deploy) -> None:
    before = deploy.containers("web", "ws", "nginx")
    migrations = stack.folder / "app" / "chat" / "migrations"
    latest = max(path.stem for path in migrations.glob("0*.py"))
    failing = (
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("chat", "{latest}")]\n    operations = [migrations.RunSQL("SELECT 1 / 0")]\n'
    )
    with changed(migrations / "9999_fails.py", lambda _: failing):
        said = deploy.fails()
    assert "division by zero" in said
    assert "The migration failed. Nothing was replaced" in said
    assert deploy.containers("web", "ws", "nginx") == before
    assert stack.get("/sign-in/").status_code == 200


def test_a_stack_that_is_not_up_is_told_what_to_do(stack: Stack, deploy: Deploy) -> None:
    process = subprocess.run(
        ["./run", "deploy"],
        cwd=stack.folder,
        env=stack.environment() | {"COMPOSE_PROJECT_NAME": "tertulia-test-nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "docker compose up --build --wait" in process.stderr
