"""Who speaks: people and programs, how they sign in, and how they are cut off."""
