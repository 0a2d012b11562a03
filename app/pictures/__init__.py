"""Pictures that people bring: judged by their content, freed of what they tell about where they were taken, and shrunk.

Knows nothing of chat or accounts. Whoever has a file asks `process.look_at`; all the rest runs in a process of its own.
"""
