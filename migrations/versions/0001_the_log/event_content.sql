-- What two events with one id must agree in: the header and the values, but not when they were stored and sealed. Values
-- that were erased since cannot be compared and are left out.
create function public.event_content(event jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('act', event->'act', 'type', event->'type', 'entity', event->'entity', 'origin', event->'origin',
    'n', event->'n', 'context', event->'context', 'remote_id', event->'remote_id', 'generation', event->'generation',
    'author', event->'author', 'entry', event->'entry', 'clock', event->'clock', 'cause', event->'cause',
    'note', event->'note', 'changes', (
      select coalesce(jsonb_object_agg(c.key, case jsonb_typeof(event->'salts'->c.key)
        when 'null' then c.value - '{before,after}'::text[] else c.value end), '{}')
      from jsonb_each(event->'changes') c));
$$;
