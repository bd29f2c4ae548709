"""How the database came to be what `log.tables` says it is, step by step. Run by `log.migrate`."""
