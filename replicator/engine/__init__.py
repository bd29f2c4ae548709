"""The three loops: capture fills the inbox, intake turns it into events, apply pays what is due. Decisions are the
core's.
"""
