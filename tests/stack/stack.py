"""The stack under test: a Compose project with a name and a port of its own."""

import json
import os
import subprocess
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.servers.process import free_port
from tests.stack.container import Container, docker
from tests.stack.progress import Say

# Of the environment of whoever starts the tests, the stack sees how to reach the engine and the images; no knob.
KEPT = ("PATH", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
KEPT_PREFIXES = ("DOCKER_", "BUILDX_", "BUILDKIT_")
KEPT_SUFFIXES = ("_IMAGE",)


class Stack:
    """`folder` holds docker-compose.yml. Variables given to a call are knobs, as in .env; `knobs` hold for all calls.

    `tag`: the images have names of their own, so that those of a stack that somebody uses stay what they are.
    """

    def __init__(self, folder: Path, say: Say, *, project: str = "", tag: str = "test", **knobs: str) -> None:
        self.folder = folder
        self.project = project or f"tertulia-test-{uuid4().hex[:8]}"
        self.port = free_port()
        self.knobs = knobs
        self._tag = tag
        self._say = say

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    # --- Compose ---

    def compose(self, *arguments: str, **knobs: str) -> str:
        """What `docker compose …` prints on its standard output. It must succeed."""
        result = self.try_compose(*arguments, **knobs)
        assert result.returncode == 0, f"docker compose {' '.join(arguments)}:\n{result.stdout}{result.stderr}"
        return result.stdout

    def try_compose(self, *arguments: str, **knobs: str) -> "subprocess.CompletedProcess[str]":
        """The same, whether or not it succeeds."""
        process = self.start_compose(*arguments, **knobs)
        output, errors = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start_compose(self, *arguments: str, **knobs: str) -> "subprocess.Popen[str]":
        """The same, without waiting for its end."""
        return subprocess.Popen(
            ["docker", "compose", *arguments],
            cwd=self.folder,
            env=self.environment() | knobs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_once(self, service: str, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """A container of its own with these variables, which is expected to end at once, well or not."""
        name = f"{self.project}-once"
        given = [word for variable, value in variables.items() for word in ("-e", f"{variable}={value}")]
        process = self.start_compose("run", "--rm", "--no-deps", "-T", "--name", name, *given, service, *command)
        try:
            output, errors = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            docker("rm", "--force", name)
            pytest.fail(f"{service} runs on with {variables}:\n{process.communicate()}")
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def up(self, *arguments: str, **knobs: str) -> None:
        self.slowly("up", "--wait", *arguments, **knobs)

    def down(self, *arguments: str) -> None:
        self.slowly("down", *arguments)

    def slowly(self, *arguments: str, **knobs: str) -> None:
        """A command that takes its time; says how long it took."""
        command = f"docker compose {' '.join(arguments)}"
        self._say(f"{command} …")
        start = monotonic()
        self.compose(*arguments, **knobs)
        self._say(f"{command}: {monotonic() - start:.0f} s")

    def shell(self, command: str) -> None:
        """A line as an operator types it."""
        self._say(f"{command} …")
        environment = self.environment()
        result = subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, f"{command}:\n{result.stdout}{result.stderr}"

    def manage(self, *arguments: str, **variables: str) -> str:
        """What a command of manage.py prints, run as the README runs it. `variables` are passed on into it."""
        result = self.try_manage(*arguments, **variables)
        assert result.returncode == 0, f"manage.py {' '.join(arguments)}:\n{result.stdout}{result.stderr}"
        return result.stdout

    def try_manage(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        passed_on = [word for name in variables for word in ("-e", name)]
        return self.try_compose("exec", "-T", *passed_on, "web", "python", "manage.py", *arguments, **variables)

    def environment(self) -> dict[str, str]:
        """With which a command of an operator finds this project and its knobs."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in KEPT or name.startswith(KEPT_PREFIXES) or name.endswith(KEPT_SUFFIXES)
        }
        own = {"COMPOSE_PROJECT_NAME": self.project, "HTTP_PORT": str(self.port), "TERTULIA_TAG": self._tag}
        return kept | own | self.knobs

    def secret(self, name: str) -> str:
        """One that `setup` made."""
        return self.compose("exec", "-T", "web", "cat", f"/srv/tertulia/secrets/{name}")

    # --- containers ---

    def containers(self, service: str = "") -> list[Container]:
        """In the order of their numbers; of all services, those that have ended too, unless one is named."""
        filters = [f"label=com.docker.compose.project={self.project}"]
        if service:
            filters.append(f"label=com.docker.compose.service={service}")
        ids = docker("ps", "--all", "--quiet", *(word for one in filters for word in ("--filter", one))).split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        return sorted((Container(one["Id"], one) for one in found), key=lambda one: (one.service, one.number))

    def container(self, service: str) -> Container:
        """The only one of its service."""
        [only] = self.containers(service)
        return only

    # --- who is where ---

    def sockets_of(self, user: str) -> list[dict[str, Any]]:
        """What the workers logged when they opened this user's sockets, oldest first; `worker` says which did."""
        opened = [
            record | {"worker": worker.number}
            for worker in self.containers("ws")
            for record in worker.records()
            if record["message"] == "socket opened" and record["user"] == user
        ]
        return sorted(opened, key=lambda record: str(record["time"]))

    def worker_of(self, user: str) -> int:
        """The number of the ws container that opened this user's newest socket."""
        return int(self.sockets_of(user)[-1]["worker"])

    # --- HTTP ---

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Without following redirects."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(f"{self.url}{path}", headers=named, timeout=30, trust_env=False)

    def access_log(self) -> list[dict[str, Any]]:
        """One record for each request that nginx has answered."""
        return [one for one in self.container("nginx").records() if one.get("logger") == "nginx.access"]
