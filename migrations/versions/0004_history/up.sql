-- Equal to log/tables.py and log/passes.py.
alter table public.systems
  add as_of bigint,
  add healing boolean not null default false,
  add heard timestamptz;

alter table public.runs
  add places jsonb not null default '{}',
  drop constraint ck_runs_state,
  add constraint ck_runs_state check (state in ('running', 'done', 'failed', 'held', 'cancelled'));
create index ix_runs_running on public.runs(kind, system) where state = 'running';

-- Values that were emptied: a mass of them is held like a mass of deletions.
create index ix_events_blanked on public.events(origin, recorded)
  where changes @? '$.* ? (@.after == null || @.after == "" || @.after.size() == 0)';
