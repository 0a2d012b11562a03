"""How many people in how many rooms one `ws` worker holds on this machine, and what to add first beyond that."""
