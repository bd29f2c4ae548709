"""The simulation: random histories of people, systems and faults, run through the real code, and judged by the truth.

The first tier drives the core alone: thousands of histories a minute. The second drives the whole engine on Postgres,
with played systems and a clock that is moved by hand. A history is a setting and a list of steps; the same seed gives
the same one, and one that goes wrong shrinks to the few steps that matter.
"""
