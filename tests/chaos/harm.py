"""What can be done to the containers of a stack, and how it is taken back.

Killing: a crash, not the engine's doing. What `docker kill` ended stays ended, whatever the restart policy says, since
somebody asked for it; so the first process of the container gets its SIGKILL from outside, and all others in it die
with it. The engine then restarts the container as after any crash.

Pausing: `docker pause`, which stops every process of the container, as a SIGSTOP to each at the same instant would. A
SIGSTOP to the first process alone would stop the init and let its children work.

Disconnecting: the container leaves each of its networks and joins them again with the same names, the service's among
them, without which nobody would find it by DNS.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.chaos.fault import HOLD_SECONDS, Fault
from tests.stack.container import Container, docker
from tests.stack.stack import Stack
from tests.waiting import until

SERVICES = ("ws", "web", "redis", "db", "nginx")
# Longer than nginx takes to see its sockets off, or PostgreSQL to recover.
RUNS_WITHIN = 90.0
DEPLOYED_WITHIN = 600.0


def crash(container: Container) -> None:
    """SIGKILL to the first process, from outside of its container."""
    pid = container.pid
    assert pid > 1, f"{container.name} does not run"
    if os.geteuid() == 0 and container.id in cgroup_of(pid):
        os.kill(pid, signal.SIGKILL)
    else:  # the engine is not root's own, or on another machine, as it is on a desktop
        only = ["--network", "none", "--pid", "host", "--cap-drop", "ALL", "--cap-add", "KILL", "--user", "0"]
        docker("run", "--rm", *only, "--entrypoint", "/bin/bash", container.image, "-c", f"kill -KILL {pid}")


def cgroup_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return ""


def leave_networks(container: Container) -> None:
    for network in container.aliases:
        docker("network", "disconnect", network, container.id)


def join_networks(container: Container) -> None:
    """As it was in them when `container` was looked at."""
    [now] = json.loads(docker("inspect", container.id))
    left = container.aliases.keys() - now["NetworkSettings"]["Networks"].keys()
    for network, aliases in ((name, container.aliases[name]) for name in sorted(left)):
        docker("network", "connect", *(word for alias in aliases for word in ("--alias", alias)), network, container.id)


class Harm:
    """Makes the faults of one stack. Of a service with several containers the first is hit."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def kill(self, service: str) -> Fault:
        return Fault(f"kill {service}", lambda: crash(self._first(service)), part=service)

    def restart(self, service: str) -> Fault:
        return Fault(f"restart {service}", lambda: self._restart(service), part=service)

    def pause(self, service: str) -> Fault:
        return self._held(
            f"pause {service}",
            service,
            lambda found: docker("pause", found.id),
            lambda found: docker("unpause", found.id),
        )

    def disconnect(self, service: str) -> Fault:
        return self._held(f"disconnect {service}", service, leave_networks, join_networks)

    def wipe(self) -> Fault:
        """Redis forgets everything, and every connection to it ends."""

        def strike() -> None:
            redis = self._first("redis")
            redis.run("redis-cli", "-e", "flushall")
            for kind in ("pubsub", "normal"):
                redis.run("redis-cli", "-e", "client", "kill", "type", kind)

        return Fault("wipe redis", strike, part="redis")

    def deploy(self) -> Fault:
        return Fault("deploy", self._deploy, ready=self._until_healthy, part="deploy")

    def _first(self, service: str) -> Container:
        def found() -> Container | None:
            running = [one for one in self._stack.containers(service) if one.running and one.pid]
            return running[0] if running else None

        container = until(found, within=RUNS_WITHIN)
        assert container is not None
        return container

    def _held(
        self, name: str, service: str, strike: Callable[[Container], object], mend: Callable[[Container], object]
    ) -> Fault:
        struck: list[Container] = []

        def hit() -> None:
            struck.append(self._first(service))
            strike(struck[-1])

        def release() -> None:
            while struck:
                mend(struck.pop())

        return Fault(name, hit, release, HOLD_SECONDS, part=service)

    def _restart(self, service: str) -> None:
        """With the grace that docker-compose.yml gives it. The engine asks, waits for its end, and starts it again."""
        docker("restart", self._first(service).id)

    def _deploy(self) -> None:
        """As the operator would, but also where nothing changed."""
        result = run_within(["./run", "deploy", "--force"], self._stack, DEPLOYED_WITHIN)
        assert result.returncode == 0, f"./run deploy:\n{result.stdout[-2000:]}{result.stderr[-4000:]}"

    def _until_healthy(self) -> None:
        until(lambda: all_are_well(self._stack), within=RUNS_WITHIN)


def run_within(command: list[str], stack: Stack, seconds: float) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=stack.folder,
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def all_are_well(stack: Stack) -> bool:
    """Whether every service runs and is healthy."""
    found = [one for service in SERVICES for one in stack.containers(service)]
    return {one.service for one in found} == set(SERVICES) and all(one.health == "healthy" for one in found)
