-- One state of one entity: after its event at `position`, which was its `events`-th. Equal to log/tables.py.
create table public.snapshots(
  entity uuid not null,
  position bigint not null,
  events bigint not null,
  cells jsonb not null,
  deleted jsonb,
  vector jsonb not null,
  constraint pk_snapshots primary key (entity, position));

-- Events are changed by public.redact alone: a snapshot may hold what it has just erased.
create function public.forget_snapshots() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from public.snapshots s where s.entity = old.entity;
  return null;
end $$;
create trigger forget_snapshots after update on public.events
  for each row execute function public.forget_snapshots();
alter table public.events enable always trigger forget_snapshots;

do $$
begin
  if exists (select from pg_roles where rolname = 'replicator_app') then
    grant select, insert, delete on public.snapshots to replicator_app;
    grant update on sequence public.inbox_id_seq to replicator_app;  -- an import numbers deliveries on from the old ones
  end if;
  if exists (select from pg_roles where rolname = 'replicator_read') then
    grant select on public.snapshots to replicator_read;
  end if;
end $$;
