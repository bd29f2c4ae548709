-- The digest of an event that carries no values, for events that the database writes itself: redactions. The same text as
-- core/seal.py makes for every event; `verify` holds the two together.
create function public.event_digest(event jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select encode(sha256(convert_to('[' || string_agg(part, ',' order by place) || ']', 'UTF8')), 'hex')
  from unnest(array[
    event->>'schema', to_json(event->>'id')::text, to_json(event->>'act')::text, to_json(event->>'type')::text,
    to_json(event->>'entity')::text, to_json(event->>'origin')::text, event->>'n', '{}',
    coalesce(to_json(event->>'remote_id')::text, 'null'), event->>'generation',
    coalesce(to_json(event->>'author')::text, 'null'), coalesce(to_json(event->>'entry')::text, 'null'), 'null',
    event->>'clock', coalesce(event->>'cause', 'null'), to_json(event->>'note')::text,
    (extract(epoch from (event->>'recorded')::timestamptz) * 1000000)::bigint::text, '[]'
  ]) with ordinality as parts(part, place);
$$;
