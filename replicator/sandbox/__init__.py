"""The outside world in small: four faithful servers that can be made to fail."""
