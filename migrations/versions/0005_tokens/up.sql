-- Equal to log/tables.py.
create table public.tokens (
  system text not null,
  token text not null,
  kept timestamptz not null,
  constraint pk_tokens primary key (system)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'replicator_app') then
    grant select, insert, update, delete on public.tokens to replicator_app;
  end if;
end $$;
