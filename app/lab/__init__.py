"""A page that shows what a Channels connection holds and what passes over it."""
