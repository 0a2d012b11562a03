"""Real servers for the tests: `python -m tests.servers` says how."""

from tests.servers.process import free_port

__all__ = ["free_port"]
