"""What an operator asks of a process: is it well, and which request was that."""
