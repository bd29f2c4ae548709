"""A small faithful Medusa 2: its admin API as far as a catalogue needs it, with its quirks."""

from replicator.sandbox.medusa.system import Medusa

__all__ = ["Medusa"]
