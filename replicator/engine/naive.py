"""Without provenance: what becomes of a shop when every record that is read counts as somebody's edit. Used by the
demo only.

This is what bridges do outside their time windows: a write of ours comes back, is taken for news and written to the
others, whose echoes are taken for news again. `replicator demo --without-provenance` shows it, so that what the gate
is for can be seen.
"""

from __future__ import annotations

from dataclasses import replace

from replicator.core.document import Document
from replicator.core.dossier import EMPTY, Dossier, Judgement, Rules, Stamp
from replicator.core.entity import fold
from replicator.core.event import Change, Draft, Rule
from replicator.core.observation import Observation
from replicator.core.outcome import Outcome
from replicator.core.replica import NO_PAST, Past
from replicator.core.vector import advance, following


def observe_naively(
    dossier: Dossier,
    rules: Rules,
    system: str,
    observation: Observation,
    stamp: Stamp,
    past: Past = NO_PAST,
    *,
    made: Document = EMPTY,
) -> Judgement:
    """Take every observation for an edit of all its fields, and make it due at all other systems."""
    del past
    row = dossier.replica(system)
    if observation.fields is None:
        return Judgement(dossier=dossier, outcome=Outcome.ECHO, reason="it is not there")
    content, _ = rules.views[system].complete(observation.fields, row.known)
    dot = following(dossier.entity.vector, system)
    changes = {key: Change(dossier.entity.value(key), value, Rule.CAUSAL) for key, value in {**content, **made}.items()}
    draft = Draft(
        id=stamp.event_id,
        type=dossier.entity.type,
        entity=dossier.entity.id,
        origin=system,
        n=dot.n,
        context=dossier.entity.vector,
        clock=stamp.clock,
        changes=changes,
        remote_id=observation.remote_id,
        generation=row.generation,
        cause=stamp.cause,
    )
    theirs = replace(
        row,
        remote_id=observation.remote_id,
        known=content,
        asked=content,
        vector=advance(dossier.entity.vector, dot),
        version=max(row.version, observation.version),
    )
    others = {name: replace(each, asked={}) for name, each in dossier.replicas.items() if name != system}
    after = Dossier(entity=fold(dossier.entity, draft), replicas={**others, system: theirs})
    return Judgement(dossier=after, outcome=Outcome.EVENT, reason="taken for an edit", draft=draft)
