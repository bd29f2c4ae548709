"""A small faithful Strapi 5.54: content API, the editors' content manager, webhooks, and its quirks."""

from __future__ import annotations

from replicator.sandbox.strapi.system import Strapi

__all__ = ["Strapi"]
