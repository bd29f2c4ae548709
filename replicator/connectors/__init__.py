"""The systems, each behind one contract of five calls: their JSON is shaped by pure functions, their HTTP decides
nothing.
"""
