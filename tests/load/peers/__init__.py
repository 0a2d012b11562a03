"""The systems beside which the bench measures Tertulia: their servers, and how they are installed.

A server on Node or Bun is given a port of the loopback interface and the URL of a Redis, and prints `ready` when it
accepts.
"""
