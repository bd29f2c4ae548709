-- Nobody changes what has happened. ALWAYS: also under session_replication_role = replica, which turns others off.
create trigger append_only before update or delete on public.events
  for each row execute function public.refuse_change();
create trigger append_only_whole before truncate on public.events
  for each statement execute function public.refuse_change();
create trigger append_only before update or delete on public.writes
  for each row execute function public.refuse_change();
create trigger append_only_whole before truncate on public.writes
  for each statement execute function public.refuse_change();
alter table public.events enable always trigger append_only;
alter table public.events enable always trigger append_only_whole;
alter table public.writes enable always trigger append_only;
alter table public.writes enable always trigger append_only_whole;
