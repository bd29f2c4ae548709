"""The errors of this program, one tree; each says whose fault it is and what to do.

```
ReplicatorError
├── ConfigurationError      ours to mend: a setting is missing or wrong (exit code 2)
├── LogError                the log refuses: nothing was written
│   ├── DedupeMismatch      a delivery id came again with other content
│   ├── ClaimTaken          a natural key belongs to another entity already
│   └── LogDamaged          positions, digests or chain do not hold
├── Busy                    another process is at it already: wait for it, or look at `replicator status`
├── NotEmpty                a system that is to be rebuilt still holds records
├── CanonicalError          a value has no canonical form (a float, an unknown kind)
└── RemoteError             theirs: a system answered something we cannot use
    ├── Unreachable         no answer: try again; a write may have happened or not
    ├── Throttled           told to wait: try again at `retry_after`
    ├── Unauthorised        the account is refused: mend the token or the rights
    ├── Rejected            the request itself is refused: trying again will not help
    ├── BadAnswer           the answer cannot be read (HTML, half a body, a key missing)
    └── CursorLost          the place that changes were to be told from is gone (a restored database): list in full
```
"""

from __future__ import annotations

UNSHOWN = "\N{REPLACEMENT CHARACTER}"


class ReplicatorError(Exception):
    """Something this program cannot do."""


class ConfigurationError(ReplicatorError):
    """A setting is missing or wrong."""


class LogError(ReplicatorError):
    """The log refuses."""


class DedupeMismatch(LogError):
    """A delivery id came again with other content."""


class ClaimTaken(LogError):
    """A natural key belongs to another entity already."""


class LogDamaged(LogError):
    """Positions, digests or the chain of the log do not hold."""


class Busy(ReplicatorError):
    """Another process is at it already."""


class NotEmpty(ReplicatorError):
    """A system that is to be rebuilt still holds records."""


class CanonicalError(ReplicatorError):
    """A value has no canonical form."""


class RemoteError(ReplicatorError):
    """A system answered something we cannot use. `status` is the HTTP status, if there was an answer.

    Its message quotes what they said, which may be anything, and is kept as the reason of what failed: a character
    that cannot be shown is replaced, or the database would refuse the reason and with it everything beside it.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__("".join(each if each.isprintable() or each in "\n\t" else UNSHOWN for each in message))
        self.status = status


class Unreachable(RemoteError):
    """No answer came: a read can be tried again; a write may have happened or not."""


class Throttled(RemoteError):
    """The system tells us to wait; `retry_after` is in seconds from now, None where it did not say."""

    def __init__(self, message: str, *, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class Unauthorised(RemoteError):
    """The account is refused: mend the token or its rights."""


class Rejected(RemoteError):
    """The request itself is refused: sending it again will not help. `field` names what is at fault, if told."""

    def __init__(self, message: str, *, field: str | None = None, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.field = field


class BadAnswer(RemoteError):
    """The answer cannot be read: HTML for JSON, half a body, an expected key missing."""


class CursorLost(RemoteError):
    """The place that changes were to be told from is not there any more, or is another one: list in full."""
