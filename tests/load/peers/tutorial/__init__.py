"""A chat as a Channels tutorial builds it."""
