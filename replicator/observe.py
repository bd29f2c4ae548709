"""What can be seen of a running replicator: its log lines, its metrics, and the points that a test can wait for.

One table of names, so that a dashboard or a search never guesses. Secrets never reach a log line: values that are
logged are ids, counts and reasons.

| log line | when |
|---|---|
| `capture.page` | a page was read: how many records, how many are not as known |
| `capture.failed` | a listing stopped at a page; it is read again at its next time |
| `capture.lost` | the place that changes were told from is gone (a restored database): the system is listed in full |
| `intake.settled` | a batch of deliveries was judged: how many of each outcome |
| `intake.unreadable` | records that were hinted at could not be read; tried again later |
| `intake.poison` | a delivery cannot be judged for a fault of ours; tried alone, then rejected |
| `apply.wrote` | a batch was written: how many landed, how many did not |
| `apply.unreadable` | records that are due could not be read before they are written; tried again later |
| `apply.failed` | writes did not land: why, and how many |
| `verify.done` | a system was compared with the log: how many records are equal, differing, missing, extra |
| `verify.failed` | a system could not be listed to be compared; it is tried at its next time |
| `system.held` | nothing is judged or written there until a person looks |
| `system.restored` | so many records there went back to an older state, as from a backup, and were put right |
| `capture.lost` | the place that changes were told from is gone (a restored database): the system is listed in full |
| `system.unmatched` | it holds records we have never met: nothing is written there until they are matched |
| `system.unhealthy` | the health check failed: nothing is written there |
| `tokens.unreachable` | what keeps the tokens does not answer: this process logs in for itself |
| `loop.failed` | a loop met an error nobody expected; it goes on |
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

log: structlog.stdlib.BoundLogger = structlog.get_logger("replicator")

REGISTRY = CollectorRegistry()
OUTCOMES = Counter(
    "replicator_outcomes", "Deliveries judged, by what they were", ["system", "outcome"], registry=REGISTRY
)
WRITES = Counter("replicator_writes", "Records written, by what came of it", ["system", "result"], registry=REGISTRY)
DUE = Gauge("replicator_due", "Records due at a system", ["system", "state"], registry=REGISTRY)
INBOX = Gauge("replicator_inbox", "Deliveries not judged yet", ["system"], registry=REGISTRY)
DETECTED = Histogram(
    "replicator_detected_seconds",
    "How long a difference had been there when verifying found it (no longer than since it last looked)",
    ["system"],
    registry=REGISTRY,
    buckets=(10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400),
)
DIFFERENCES = Gauge("replicator_differences", "What the last verification found", ["system", "kind"], registry=REGISTRY)
HEAD = Gauge("replicator_log_position", "Events in the log", registry=REGISTRY)


def configure(*, level: str = "info", json: bool = False) -> None:
    """Send log lines to standard error: readable, or as JSON lines. Standard output belongs to the commands."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


_watcher: list[Callable[[str], None]] = []


def reached(step: str) -> None:
    """Say that a step between two pieces of work was reached. Nobody listens, unless a test does (`watch`)."""
    for watcher in _watcher:
        watcher(step)


def watch(watcher: Callable[[str], None] | None) -> None:
    """Listen to the steps, or (None) stop listening. For tests: to wait for a step, or to die at it."""
    _watcher.clear()
    if watcher is not None:
        _watcher.append(watcher)
