"""Coming to rest, and what must hold then: every invariant of the protocol, the log's own, and what `status` lists."""

from __future__ import annotations

from replicator.core.document import Value
from replicator.core.dossier import Dossier
from replicator.engine import operate
from replicator.engine.apply import Apply
from replicator.engine.capture import Capture
from replicator.engine.intake import Intake
from replicator.engine.survey import Status, survey
from replicator.log import conflicts, deliveries, dossiers, events, inbox_state, systems
from replicator.simulation.audit import Fault
from replicator.simulation.tables import Tables
from replicator.simulation.whole.kinds import KINDS
from replicator.simulation.whole.site import LEASE_SECONDS
from replicator.simulation.whole.world import WholeWorld

STEPS_MAX = 400  # of a round; one that is not done by then never will be
ROUNDS_MAX = 25
QUIET_ROUNDS = 2


async def close(world: WholeWorld) -> list[Fault]:
    """Let everything come to rest, and say what went wrong."""
    first = next(iter(world.audits.values()))
    while world.runner.running:
        await world.tick(1)
        for task in list(world.runner.running)[:1]:
            await world.runner.go_on(task)
    if not await _rest(world):
        first.fault("loops", "", f"{_written(world)} writes by now, open: {await _open(world)}")
    await _check(world)
    for error in world.runner.errors:
        first.fault("an error nobody expected", "", f"{type(error).__name__}: {error}")
    return [fault for audit in world.audits.values() for fault in audit.faults]


async def _rest(world: WholeWorld) -> bool:
    quiet = 0
    for _ in range(ROUNDS_MAX):
        before = (await _head(world), _written(world))
        await world.tick(LEASE_SECONDS + 1)
        await _operate(world)
        for name in world.sites:
            await Capture(world.database, world.shop, name).full()
        if not await _work(world):
            return False
        quiet = quiet + 1 if (await _head(world), _written(world)) == before else 0
        if quiet == QUIET_ROUNDS:
            return True
    return False


async def _operate(world: WholeWorld) -> None:
    """A person looks at what is held or given up, and says that it is meant."""
    async with world.database.look() as conn:
        held = [name for name, each in (await systems.load_all(conn)).items() if each.held is not None]
    for name in held:
        await operate.release(world.database, world.shop, name, believe=True)
    async with world.database.unit() as conn:
        await deliveries.retry(conn, world.now())


async def _work(world: WholeWorld) -> bool:
    """Judge and write until nothing is to be done, moving the clock to what is due later. False: it never ends."""
    database, shop = world.database, world.shop
    for _ in range(STEPS_MAX):
        worked = sum([await Intake(database, shop, name).step() for name in world.sites])
        worked += sum([await Apply(database, shop, name, "the last").step() for name in shop.targets()])
        if not worked and not await _moved_on(world):
            return True
    return False


async def _moved_on(world: WholeWorld) -> bool:
    async with world.database.look() as conn:
        held = {name for name, each in (await systems.load_all(conn)).items() if each.held is not None}
        open_ = [name for name in world.sites if name not in held]
        moments = [await inbox_state.next_due(conn, name) for name in open_]
        moments += [await deliveries.next_due(conn, name) for name in world.shop.targets() if name not in held]
    later = [each.timestamp() for each in moments if each is not None and each.timestamp() > world.moment.seconds]
    if later:
        await world.tick(min(later) - world.moment.seconds + 0.001)
    return bool(later)


async def _check(world: WholeWorld) -> None:
    """The log is whole and folds to what is kept; views agree but for what `status` lists; nothing is there twice."""
    async with world.database.look() as conn:
        verified = await events.verify(conn)
        told = [each.draft for each in await events.read(conn, 0, 10**6)]
        kept = await dossiers.load(conn, sorted({draft.entity for draft in told}), lock=False)
        rows = [row for _, each in kept.values() for row in each.values()]
        owned = {(row.system, row.type, row.remote_id): row.entity for row in rows if row.remote_id is not None}
        logged = await events.bound(conn, list(owned))
        world.counted.update(events=len(told), conflicts=await conflicts.count_open(conn))
    first = next(iter(world.audits.values()))
    if verified.first_fault is not None or verified.count != len(told):
        first.fault("log damaged", "", str(verified))
    for system, kind, remote_id in [key for key, entity in owned.items() if logged.get(key) != entity]:
        first.fault("not in the log whose record it is", system, f"{kind} {remote_id}")
    known = {name: Dossier(entity=state, replicas=rows) for name, (state, rows) in kept.items()}
    alive = {name for name, each in known.items() if each.entity.exists}
    bound = {
        (row.system, row.remote_id): name
        for name, each in known.items()
        for row in each.replicas.values()
        if row.remote_id
    }

    gone = {
        (name, remote_id)
        for name, site in world.sites.items()
        for each in site.types.values()
        for remote_id in each.erased.keys() - each.records.keys()
    }

    def inward(system: str, value: Value) -> Value:
        """A remote id or an entity id as an entity id; nothing, where that entity or that record is no more."""
        if isinstance(value, str) and (system, value) in gone:
            return None
        meant = bound.get((system, value), value) if isinstance(value, str) and system else value
        return None if isinstance(meant, str) and meant in known and meant not in alive else meant

    for name, audit in world.audits.items():
        audit.inward = inward
        tables = Tables(dossiers={key: each for key, each in known.items() if each.entity.type == name})
        tables.bound = bound
        tables.log = [draft for draft in told if draft.type == name]
        audit.at_the_end(tables, world.outcomes[name])
    status = await survey(world.database, world.shop)
    _listed(world, known, status)
    for each in status.systems:
        waits = [
            record.remote_id
            for kind, audit in world.audits.items()
            for record in world.sites[each.name].types[kind].records.values()
            if (each.name, record.remote_id) not in bound and audit.dangles(each.name, record)
        ]
        if waits and not each.inbox_waiting:
            first.fault("not listed by status", each.name, str(waits))


def _listed(world: WholeWorld, known: dict[str, Dossier], status: Status) -> None:
    """What may differ between systems is listed for people."""
    listed = {(each.entity, each.key) for each in status.unsettled}
    for name, dossier in known.items():
        open_ = (
            {key for key, cell in dossier.entity.cells.items() if not cell.settled} if dossier.entity.exists else set()
        )
        for key in sorted(open_ - {key for entity, key in listed if entity == name}):
            world.audits[dossier.entity.type].fault("not listed by status", "", f"{name}.{key}")


def _written(world: WholeWorld) -> int:
    return sum(site.types[kind].written for site in world.sites.values() for kind in KINDS)


async def _head(world: WholeWorld) -> int:
    async with world.database.look() as conn:
        return await events.head(conn)


async def _open(world: WholeWorld) -> str:
    async with world.database.look() as conn:
        return f"inbox {await inbox_state.open_counts(conn)}, due {await deliveries.counts(conn)}"
