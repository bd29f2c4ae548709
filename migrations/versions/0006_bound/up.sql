-- Equal to log/tables.py.
create index ix_events_bound on public.events(origin, type, remote_id, position) where remote_id is not null;
