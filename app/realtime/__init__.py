"""How events travel to sockets. Knows nothing of chat or accounts."""
