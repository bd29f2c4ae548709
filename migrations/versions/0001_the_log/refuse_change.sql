-- Refuses UPDATE, DELETE and TRUNCATE for everybody, the owner included. One way is open: an UPDATE by public.redact that
-- erases values and changes nothing else. The caller is read from the call stack; because a stack is text that a
-- statement could imitate, what the UPDATE does is checked as well.
create function public.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  stack text;
begin
  if tg_op = 'UPDATE' then
    get diagnostics stack = pg_context;
    if position('public.redact(uuid,text[],text,text,timestamp with time zone)' in stack) > 0
       and public.only_erased(to_jsonb(old), to_jsonb(new)) then
      return new;
    end if;
  end if;
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'RP001';
end $$;
