"""The theory, pure: no input or output, no clock, no randomness. `now` and ids are handed in."""
