"""What bounds the stack on this machine: its knobs, and the cores."""

import os
import re
from pathlib import Path

from tests.load.size.capacity import Stack
from tests.load.systems.servers import COMPOSE

UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}


def stack_here() -> Stack:
    """Knobs as `docker compose` would take them: from the environment, from .env, or at their default."""
    compose = COMPOSE.read_text()
    env = COMPOSE.with_name(".env")
    set_here = {**(read(env) if env.exists() else {}), **os.environ}

    def knob(name: str) -> str:
        found = re.search(rf"\$\{{{name}:-([^}}]*)\}}", compose)
        if found is None:
            raise ValueError(f"docker-compose.yml has no {name}")
        return set_here.get(name) or found[1]

    return Stack(
        cores=len(os.sched_getaffinity(0)),
        memory=in_bytes(knob("WS_MEMORY")),
        drain=float(knob("DRAIN_SECONDS")),
        connections=int(knob("NGINX_CONNECTIONS")),
    )


def read(env: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", env.read_text(), re.MULTILINE))


def in_bytes(size: str) -> float:
    """512m, as Compose has it."""
    found = re.fullmatch(r"(\d+)([bkmg]?)b?", size.strip().lower())
    if found is None:
        raise ValueError(f"{size!r} is no size")
    return float(found[1]) * UNITS[found[2]]
