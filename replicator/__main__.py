"""`python -m replicator`, and the command `replicator`."""

from __future__ import annotations

from replicator.cli.main import app


def main() -> None:
    """Run the command line."""
    app(prog_name="replicator")


if __name__ == "__main__":
    main()
