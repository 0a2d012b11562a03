"""All systems, by name, in the order in which they are measured and shown."""

import shutil

from tests.load.names import SYSTEMS as NAMES
from tests.load.peers import packages
from tests.load.systems import System
from tests.load.systems.peers import PlainDialect, SocketIoDialect, on_channels, on_node
from tests.load.systems.servers import Servers
from tests.load.systems.tertulia import Tertulia

__all__ = ["NAMES", "all_systems", "systems_beside"]


def all_systems(servers: Servers) -> list[System]:
    return [
        Tertulia(servers),
        on_channels("tutorial, core layer", servers, layer="core"),
        on_channels("tutorial, pub/sub layer", servers, layer="pubsub"),
        on_node("socket.io", servers, SocketIoDialect(), program=node, source="socketio.mjs"),
        on_node("ws", servers, PlainDialect(), program=node, source="ws.mjs"),
        on_node("bun", servers, PlainDialect(), program=bun, source="bun.mjs"),
    ]


def systems_beside(servers: Servers) -> list[System]:
    """What Daphne itself costs: an application that only accepts. It delivers nothing."""
    return [on_channels("daphne", servers, layer="core", application="bare")]


def node() -> str:
    return shutil.which("node") or "node"


def bun() -> str:
    return str(packages.bun_program())
