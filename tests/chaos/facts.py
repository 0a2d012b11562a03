"""What ran, and on what: a figure without these says little."""

import importlib.metadata
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.stack.checkout import ROOT

GIB = 2**30


def machine() -> dict[str, str]:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    system = f"{platform.system()} {platform.release()}"
    return {
        "machine": f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GiB, {system}",
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def processor() -> str:
    """Its name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> dict[str, str]:
    return {
        "Tertulia": first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty") or "no commit",
        "engine": first_line("docker", "version", "--format", "Docker {{.Server.Version}}"),
        "compose": first_line("docker", "compose", "version", "--short"),
        "crowd": f"Python {platform.python_version()}, websockets {importlib.metadata.version('websockets')}",
        "Django": importlib.metadata.version("django"),
    }


def first_line(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return (result.stdout.splitlines() or [""])[0]
