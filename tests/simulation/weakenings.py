"""The rules of the protocol, each with the line that would take it out, and the tier that must notice that."""

from __future__ import annotations

from dataclasses import dataclass

from replicator.simulation.crowd import CORE, ENGINE

GATE, BASE, PLAN, MERGE = (f"replicator/core/{name}.py" for name in ("gate", "base", "plan", "merge"))
VIEW, DOSSIER, HISTORY = (f"replicator/core/{name}.py" for name in ("view", "dossier", "history"))
APPLY, CONFIRM, RECOGNISE = (f"replicator/engine/{name}.py" for name in ("apply", "confirm", "recognise"))
APPEND = "migrations/versions/0001_the_log/log_append.sql"


@dataclass(frozen=True, slots=True)
class Weakening:
    """One rule taken out: the text of a file, and what stands there instead. `seed`: of the first history, for a rule
    that few of them need.
    """

    name: str
    tier: str
    file: str
    old: str
    new: str
    seed: int = 0


WEAKENINGS = (
    Weakening(
        "a read that began before the row changed is not stale",
        CORE,
        GATE,
        "if replica.revision > observation.began:",
        "if replica.revision < 0:",
    ),
    Weakening(
        "a record under a call of ours is judged",
        CORE,
        GATE,
        "if replica.under_way(at) else None",
        "if replica.under_way(float('inf')) else None",
    ),
    Weakening(
        "compare with known instead of asked",
        CORE,
        PLAN,
        "if replica.asked.get(key) != value}",
        "if (replica.known or {}).get(key) != value}",
    ),
    Weakening(
        "take the whole answer as known",
        CORE,
        GATE,
        "        base = Base(row.known or {}, row.vector, row.asked)\n    else:",
        "        base = Base(row.known or {} if observation.began else content, row.vector, row.asked)\n    else:",
    ),
    Weakening(
        "a landed write is not recognised by its values where there are no markers",
        CORE,
        GATE,
        "    row = _landed(replica, view, observation, content)\n",
        "    row = _landed(replica, view, observation, content) if view.marks else replace(replica, intent=None)\n",
    ),
    Weakening(
        "a missing field is no field",
        CORE,
        VIEW,
        "return {key: fields.get(key) for key in (*plain, *sorted(keyed - set(plain)))}, missing",
        "return {key: fields[key] for key in (*plain, *sorted(keyed - set(plain))) if key in fields}, missing",
    ),
    Weakening("a dropped column is an empty field", CORE, GATE, "    if missing:\n", "    if False:\n"),
    Weakening(
        "reuse sync ids",
        CORE,
        PLAN,
        "kept = before.sync_id if again and before is not None else sync_id",
        'kept = f"{replica.system} {replica.entity}"',
    ),
    Weakening(
        "confirm by time",
        CORE,
        GATE,
        "signed = observation.marker is not None and observation.marker.sync_id == intent.sync_id",
        "signed = observation.at is not None and observation.at >= intent.deadline",
    ),
    Weakening(
        "versions are not looked at",
        CORE,
        BASE,
        "if _went_back(row, view, observation, content, past):",
        "if False:",
    ),
    Weakening(
        "a loser is not kept",
        CORE,
        MERGE,
        "if cell is not None and rule not in _PEACEFUL:",
        "if cell is not None and cell.frozen:",
    ),
    Weakening("automations fight for ever", CORE, MERGE, "depth >= DEPTH_MAX", "depth >= 10**9"),
    Weakening(
        "a refusal is repeated for ever",
        CORE,
        GATE,
        "policy is Refusal.REVERT and count <= TURNS_MAX",
        "policy is Refusal.REVERT",
    ),
    Weakening(
        "a late hint deletes the record made in its place", CORE, GATE, "    if another:", "    if another and False:"
    ),
    Weakening(
        "edits that no read can show are not asked after",
        CORE,
        DOSSIER,
        "for each in hidden(dossier.replica(system), rules.views[system], observation.history):",
        "for each in hidden(dossier.replica(system), rules.views[system], ()):",
    ),
    Weakening(
        "what a history tells does not move what is known",
        CORE,
        DOSSIER,
        "            known={**(row.known or {}), **stood},\n",
        "            known=row.known,\n",
    ),
    Weakening(
        "an answer is judged without its history",
        CORE,
        GATE,
        "content != row.known and not observation.history:",
        "False:",
    ),
    Weakening(
        "whoever typed under a write of ours had seen it",
        CORE,
        HISTORY,
        "        if not self.ours:\n",
        "        if True:\n",
    ),
    Weakening("no guard", ENGINE, APPLY, "guarded.reads if self.shop.provenance else []", "[]"),
    Weakening("no intent", ENGINE, APPLY, "                unit.put(item.row)\n", "                pass\n"),
    Weakening(
        "the answer is not judged, but known",
        ENGINE,
        CONFIRM,
        "    row = confirmed(row, view)\n",
        "    row = confirmed(row, view)\n"
        "    row = replace(row, known={**(row.known or {}), **(written.record.fields if written.record else {})})\n",
    ),
    Weakening(
        "whose record it is, is not in the log",
        ENGINE,
        CONFIRM,
        "unit.bind(replace(row, remote_id=written.remote_id))",
        "unit.put(replace(row, remote_id=written.remote_id))",
    ),
    Weakening(
        "a page that shows what is gone by now is judged",
        ENGINE,
        RECOGNISE,
        '    return _superseded(desk, read, found.last.get(key_of(read), ""))\n',
        "    return False\n",
        seed=2048,
    ),
    Weakening(
        "two records that are read at once may be one entity's",
        ENGINE,
        RECOGNISE,
        "            elsewhere = elsewhere or entity in _just_met(read, found)\n",
        "",
        seed=6015,
    ),
    Weakening(
        "position by bigserial",
        ENGINE,
        APPEND,
        "last_place := last_place + 1;",
        "last_place := nextval('public.revisions');",
    ),
)
