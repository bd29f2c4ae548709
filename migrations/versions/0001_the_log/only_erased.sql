-- Whether `after` is `before` with values erased and nothing else: objects keep their keys; `before` and `after` of a
-- change, salts and what a write asked for may become null, an answer may become empty. Everything else is equal.
create function public.only_erased(old_row jsonb, new_row jsonb) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select old_row - '{changes,salts,asked,answer}'::text[] = new_row - '{changes,salts,asked,answer}'::text[]
    and (new_row->'answer' is not distinct from old_row->'answer' or new_row->>'answer' = '')
    and not exists (
      select from (values ('changes'), ('salts'), ('asked')) part(name)
      cross join lateral (
        select o.value as was, n.value as is_now
        from jsonb_each(case jsonb_typeof(old_row->name) when 'object' then old_row->name else '{}' end) o
        full join jsonb_each(case jsonb_typeof(new_row->name) when 'object' then new_row->name else '{}' end) n using (key)
      ) each_key
      where is_now is distinct from was and (was is null
          or is_now is distinct from case name when 'changes' then was || '{"before":null,"after":null}' else 'null' end));
$$;
