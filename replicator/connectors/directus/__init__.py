"""Directus: its JSON as our documents, and its API."""
