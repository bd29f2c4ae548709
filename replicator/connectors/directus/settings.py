"""What a Directus connector is told: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from replicator.connectors.directus.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectusSettings:
    """One Directus. `token` is a static token of an account of our own, which must not be an administrator's: for an
    administrator a missing item is no error. `admin_token` is for provisioning only.

    With `hook_url` and `hook_secret`, provisioning makes a Flow that posts every change there, with the secret in a
    header. `overlap_seconds`: longer than a transaction there lasts: that long a lower entry of the activity can still
    show after a higher one (an array of a hundred updates took 4 to 6 s).
    """

    url: str
    token: str = field(repr=False)
    admin_token: str | None = field(default=None, repr=False)
    hook_url: str | None = None
    hook_secret: str | None = field(default=None, repr=False)
    hook_header: str = "X-Sync-Secret"
    account_email: str = "replicator@example.com"
    overlap_seconds: float = 60.0
    timeout_seconds: float = 30.0
    layout: Layout = field(default_factory=Layout)
