"""What is said: rooms, who is in them, and the log of what happened there."""
