"""One container of a stack: what the engine knows of it, and what it logged."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any


def docker(*arguments: str) -> str:
    result = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, f"docker {' '.join(arguments)}:\n{result.stdout}{result.stderr}"
    return result.stdout


@dataclass(frozen=True, slots=True)
class Container:
    """As it was when it was asked for. `details` is what `docker inspect` says."""

    id: str
    details: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.details["Name"]).removeprefix("/")

    @property
    def service(self) -> str:
        return str(self._labels["com.docker.compose.service"])

    @property
    def number(self) -> int:
        return int(self._labels["com.docker.compose.container-number"])

    @property
    def _labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.details["Config"]["Labels"]
        return labels

    @property
    def running(self) -> bool:
        return bool(self.details["State"]["Running"])

    @property
    def pid(self) -> int:
        """Of its first process, as the engine's machine numbers it; 0 while it does not run."""
        return int(self.details["State"]["Pid"])

    @property
    def image(self) -> str:
        return str(self.details["Image"])

    @property
    def health(self) -> str:
        """`healthy`; empty where nothing asks."""
        return str(self.details["State"].get("Health", {}).get("Status", ""))

    @property
    def networks(self) -> dict[str, str]:
        """Its address in each network, by the name that Compose's file gives the network."""
        return {
            name.rpartition("_")[2]: network["IPAddress"]
            for name, network in self.details["NetworkSettings"]["Networks"].items()
        }

    @property
    def aliases(self) -> dict[str, list[str]]:
        """The names by which it is found in each network, but for its id, by the network's name in the engine."""
        return {
            name: [alias for alias in network["Aliases"] or [] if not self.id.startswith(alias)]
            for name, network in self.details["NetworkSettings"]["Networks"].items()
        }

    def said(self) -> str:
        """Everything that it wrote."""
        result = subprocess.run(["docker", "logs", self.id], capture_output=True, text=True, check=True, timeout=60)
        return result.stdout + result.stderr

    def records(self) -> list[dict[str, Any]]:
        """Those lines that are JSON objects."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]

    def run(self, *command: str) -> str:
        """What a command inside it prints."""
        return docker("exec", self.id, *command)
