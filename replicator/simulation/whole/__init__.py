"""The second tier: the whole engine on Postgres, between played systems, with a clock that is moved by hand.

Readers, judges and appliers are tasks of one process, of which one at a time goes on from one pause to the next: at
every call to a system, before it and after it. So they interleave as the history says, and the same way every time.
"""
