"""The engine, watched: what it judges is told to the auditors once it is committed, and its transactions can break."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from replicator import observe
from replicator.core import dossier
from replicator.core.dossier import Dossier, Judgement, Rules
from replicator.core.observation import Observation
from replicator.engine import unit
from replicator.log.database import Database, Interrupted
from replicator.simulation.whole.runner import breaks, reached


@dataclass(frozen=True, slots=True)
class Judged:
    """One judgement of the engine: the dossier before it, what was observed where, and what came of it."""

    before: Dossier
    system: str
    observation: Observation
    judgement: Judgement


@dataclass(slots=True)
class _Pending:
    """What was judged in a transaction, and whether it is kept: an intake that doubts so much loss keeps nothing."""

    judged: list[Judged] = field(default_factory=list)
    kept: bool = False


_pending: ContextVar[_Pending | None] = ContextVar("_pending", default=None)


class WatchedDatabase(Database):
    """A database whose units tell `heard` what was judged in them, if they are committed."""

    heard: Callable[[Judged], None] | None = None

    @override
    @asynccontextmanager
    async def unit(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, which may break at its end."""
        pending = _Pending()
        token = _pending.set(pending)
        try:
            async with super().unit() as connection:
                yield connection
                if breaks():
                    raise Interrupted("the connection broke")
        finally:
            _pending.reset(token)
        if self.heard is not None and pending.kept:
            for each in pending.judged:
                self.heard(each)


@contextmanager
def watching() -> Iterator[None]:
    """While this lasts, judgements are noted and doomed tasks die at their steps."""
    real = dossier.observe

    def noted(
        before: Dossier,
        rules: Rules,
        system: str,
        observation: Observation,
        *words: Any,  # noqa: ANN401 - handed on as they came
        **named: Any,  # noqa: ANN401 - handed on as they came
    ) -> Judgement:
        judgement = real(before, rules, system, observation, *words, **named)
        pending = _pending.get()
        if pending is not None:
            pending.judged.append(Judged(before, system, observation, judgement))
        return judgement

    save = unit.Unit.save

    async def saving(
        self: unit.Unit,
        *words: Any,  # noqa: ANN401 - handed on as they came
        **named: Any,  # noqa: ANN401 - handed on as they came
    ) -> None:
        await save(self, *words, **named)
        pending = _pending.get()
        if pending is not None:
            pending.kept = True

    with patch.object(unit, "observe", noted), patch.object(unit.Unit, "save", saving):
        observe.watch(reached)
        try:
            yield
        finally:
            observe.watch(None)
