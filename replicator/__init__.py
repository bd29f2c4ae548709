"""A change made in one headless commerce system reaches the others once, through a log that knows who made it.

A change comes in, is traced to its origin, becomes an event in the log, makes the entity due at the systems that lack
it, is written there once, and is noted.

     Medusa   Directus   Strapi   DummyJSON (only read)
        │ hooks, polls, listings       ▲ one write for each system that lacks the change
        ▼                              │
      INBOX ──► GATE ──► LOG ──► STATE ──► DUE ──► APPLY ──► WRITES
      as it     │  made there    fold of   wanted  guard,    each asked,
      came      │  or by us?     the log   ≠ asked plan,     each answer
                │                                  intent,
                └─► echo: our own write            write,
                    comes back, ends here          confirm

Three loops: capture fills the inbox, intake turns it into events, apply pays what is due. `core` is the theory;
docs/protocol.md tells it in prose.
"""
