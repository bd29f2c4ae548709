-- Everything of this step, taken back.
drop index public.ix_events_blanked, public.ix_runs_running;
update public.runs set state = 'failed' where state = 'cancelled';
alter table public.runs
  drop places,
  drop constraint ck_runs_state,
  add constraint ck_runs_state check (state in ('running', 'done', 'failed', 'held'));
alter table public.systems drop as_of, drop healing, drop heard;
