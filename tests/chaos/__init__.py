"""The proof that what was acknowledged arrives once and in order, whatever is killed: `python -m tests.chaos`.

client.py behaves as the browser's client does, crowd.py is many of them, ledger.py holds what they wrote and saw and
finds what is wrong with it; faults.py does the harm. None of it trusts the server for anything.
"""
