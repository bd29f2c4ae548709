"""A change comes in, is traced to its origin, becomes an event, is written once wherever it is missing."""
