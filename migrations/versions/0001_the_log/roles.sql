-- Who may do what. `replicator_app` runs: it can neither change nor remove an event or a row of the ledger, and appends only
-- through log_append. `replicator_read` looks. Roles belong to the whole cluster: where we may not make them, or another
-- migration makes them at this moment, that is noted and no harm.
do $$
declare
  name text;
begin
  foreach name in array array['replicator_app', 'replicator_read'] loop
    if not exists (select from pg_roles where rolname = name) then
      begin
        execute format('create role %I nologin', name);
        execute format('grant %I to current_user', name);  -- since Postgres 16 making a role is no right to act as it
      exception
        when insufficient_privilege then
          raise notice 'role % not made: % may not make roles', name, current_user;
        when duplicate_object or unique_violation then
          null;  -- made by another migration in the meantime
      end;
    end if;
  end loop;
  revoke execute on function public.log_append(jsonb), public.redact(uuid, text[], text, text, timestamptz) from public;
  if exists (select from pg_roles where rolname = 'replicator_app') then
    grant usage on schema public to replicator_app;
    grant select on all tables in schema public to replicator_app;
    grant insert, update, delete on public.systems, public.inbox, public.entities, public.replicas,
      public.states_seen, public.states_signed, public.claims, public.deliveries, public.conflicts, public.cursors,
      public.runs, public.listed to replicator_app;
    grant insert on public.writes to replicator_app;
    grant usage, select on all sequences in schema public to replicator_app;
    grant execute on function public.log_append(jsonb), public.redact(uuid, text[], text, text, timestamptz)
      to replicator_app;
  end if;
  if exists (select from pg_roles where rolname = 'replicator_read') then
    grant usage on schema public to replicator_read;
    grant select on all tables in schema public to replicator_read;
  end if;
end $$;
