"""Any number of workers on one database: each record is written once, and no two ever hold the same claim."""

from collections import Counter

import psycopg
import pytest

from replicator.sandbox.faults import Fault
from replicator.sandbox.ledger import REPLICATOR
from tests.processes.editing import everybody_has, people_edit
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import SHOPS, Site

WORKERS = 3
# What the database sees of claims: one is stolen if it is taken while another's lease still runs.
WITNESS = """
create table witness (place text, worker text, stolen boolean);
grant select on witness to public;
create function of_deliveries() returns trigger language plpgsql security definer as $$ begin
  insert into witness values (new.system, new.lease_by, coalesce(old.lease_until > clock_timestamp(), false));
  return null; end $$;
create function of_inbox() returns trigger language plpgsql security definer as $$ begin
  insert into witness values ('inbox', null, old.due > clock_timestamp());
  return null; end $$;
create trigger of_deliveries after update on deliveries for each row
  when (new.lease_until is not null and new.lease_until is distinct from old.lease_until)
  execute function of_deliveries();
create trigger of_inbox after update on inbox for each row
  when (new.attempts > old.attempts) execute function of_inbox();
"""


@pytest.mark.parametrize("lease_seconds", [30])  # no call is given up, however slow the machine
async def test_every_record_is_written_once_and_no_claim_is_stolen(site: Site, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(WITNESS)
    for system in SHOPS:  # while one worker waits for its call, there is work for the others
        site.spoil(system, Fault(kind="delay", method="POST|PATCH|PUT", count=1000, seconds=0.05))
    await site.offer("dummyjson")
    workers = [site.born() for _ in range(WORKERS)]
    await site.quiet()
    everything_was_imported(site)

    await people_edit(site, "title")
    await site.quiet()

    await nothing_is_wrong(site)
    assert everybody_has(site, "title")
    ours = [each for each in site.world.ledger.entries if each.account == REPLICATOR and each.action == "create"]
    assert set(Counter((each.system, each.type, each.key) for each in ours).values()) == {1}
    assert await site.ask("select count(*) from witness where stolen") == 0
    assert await site.ask("select count(*) from witness where place = 'inbox'") > 0
    assert await site.ask("select count(distinct worker) from witness") > 1
    for worker in workers:
        await worker.stop()
