"""Strapi: its JSON as our documents, and its API."""

from __future__ import annotations

from replicator.connectors.strapi.api import Strapi, StrapiSettings, connect
from replicator.connectors.strapi.files import unnamed, write_files
from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.shape import features
from replicator.connectors.strapi.webhook import read_webhook

__all__ = ["Layout", "Strapi", "StrapiSettings", "connect", "features", "read_webhook", "unnamed", "write_files"]
