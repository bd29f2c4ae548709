-- Erases the values of `keys` of one entity, wherever they are kept, and says so in an event. Digests stay, so `verify` holds.
--
-- Refused (RP003) while a value is still in use: clear it first (an edit, or delete the entity), let that be written to the
-- systems, then redact. Else a system would still hold what we no longer know, and the next read would take it for an edit.
create function public.redact(target uuid, keys text[], author text, reason text, at timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  thing public.entities;
  used text;
  nulls jsonb := (select coalesce(jsonb_object_agg(k, null::jsonb), '{}') from unnest(keys) k);
  event jsonb;
  place bigint;
begin
  select * into thing from public.entities e where e.id = target for update;
  if not found then raise exception 'there is no entity %', target using errcode = 'RP003'; end if;
  if '*' = any(keys) then raise exception 'existence has no value that could be erased' using errcode = 'RP003'; end if;
  select string_agg(k, ', ') into used from unnest(keys) k
    where thing.deleted is null and jsonb_typeof(thing.cells->k->'value') <> 'null';
  if used is not null then
    raise exception '% of % still in use: clear it first, then redact', used, target using errcode = 'RP003';
  end if;
  perform 1 from public.replicas r where r.entity = target order by r.system for update;
  select string_agg(distinct r.system, ', ') into used from public.replicas r, unnest(keys) k
    where r.entity = target and jsonb_typeof(r.known->k) <> 'null';
  if used is not null then
    raise exception '% still held by %: let the clearing be written there first', keys, used using errcode = 'RP003';
  end if;

  update public.events e set
      changes = e.changes || (select jsonb_object_agg(c.key, c.value || '{"before":null,"after":null}')
                              from jsonb_each(e.changes) c where c.key = any(keys)),
      salts = e.salts || (select jsonb_object_agg(s.key, null::jsonb) from jsonb_object_keys(e.salts) s(key) where s.key = any(keys))
    where e.entity = target and e.changes ?| keys;
  update public.entities e set cells = (
      select jsonb_object_agg(c.key, case when c.key = any(keys)
        then c.value || '{"value":null,"elements":{},"trail":[]}' else c.value end) from jsonb_each(e.cells) c)
    where e.id = target and e.cells ?| keys;
  update public.replicas r set asked = public.erased(r.asked, keys), known = public.erased(r.known, keys), turns = '{}',
      intent = case when r.intent is null then null
        else r.intent || jsonb_build_object('asked', public.erased(r.intent->'asked', keys)) end
    where r.entity = target;
  update public.states_signed s set known = public.erased(s.known, keys), asked = public.erased(s.asked, keys)
    where s.entity = target;
  update public.writes w set asked = public.erased(w.asked, keys), answer = case when w.answer is null then null else '' end
    where w.entity = target;
  update public.conflicts c set loser = c.loser || '{"value":null}', winner = c.winner || '{"value":null}'
    where c.entity = target and c.key = any(keys);
  update public.deliveries d set last_error = null where d.entity = target;
  delete from public.claims c where c.entity = target and c.key = any(keys);
  -- A body not yet judged is read again instead.
  update public.inbox i set body = null, kind = case when i.outcome is null then 'hint' else i.kind end
    where i.entity = target
      or i.id in (select e.cause from public.events e where e.entity = target)
      or (i.system, i.type, i.remote_id) in (
        select r.system, r.type, r.remote_id from public.replicas r where r.entity = target
        union select e.origin, e.type, e.remote_id from public.events e where e.entity = target);

  event := jsonb_build_object('ord', 1, 'id', gen_random_uuid(), 'schema', 1, 'act', 'redact', 'type', thing.type,
    'entity', target, 'origin', 'operator', 'n', 0, 'context', '{}'::jsonb, 'changes', '{}'::jsonb, 'digests', '{}'::jsonb,
    'salts', '{}'::jsonb, 'generation', 1, 'author', author, 'clock', (extract(epoch from at) * 1000000)::bigint,
    'note', format('%s (%s)', reason, array_to_string(keys, ', ')), 'recorded', at);
  select a.place into place from public.log_append(
    jsonb_build_array(event || jsonb_build_object('digest', public.event_digest(event)))) a;
  return place;
end $$;
