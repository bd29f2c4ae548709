-- The append: the only way into the log. `drafts` is an array of sealed events, in order, with `ord` from 1.
--
-- Promises
--   * positions are dense and become visible in order: the row of log_head is locked from here to the commit. A reader may
--     use "position > last seen" without any trick, and "last seen + 1 is next" is an integrity check
--   * idempotent by event id: the same content gets the position it has already (duplicate = true); other content is an
--     error (RP002), and nothing is written
-- Rules for the caller
--   * READ COMMITTED; once per transaction, as its last statement, because every other append waits until it has committed
--   * no NOTIFY in the same transaction: it would hold a second lock of the whole cluster over the commit
create function public.log_append(drafts jsonb) returns table(ord integer, place bigint, duplicate boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  places bigint[] := array_fill(null::bigint, array[jsonb_array_length(drafts)]);
  chains text[] := array_fill(null::text, array[jsonb_array_length(drafts)]);
  last_place bigint;
  last_chain text;
  known record;
  draft record;
begin
  select position, chain into last_place, last_chain from public.log_head for no key update;
  -- A statement of its own: it sees all that was committed before the lock was granted. LATERAL keeps it an index probe.
  for known in
    select d.ord, d.draft, e.* from jsonb_array_elements(drafts) with ordinality as d(draft, ord)
    cross join lateral (select * from public.events x where x.id = (d.draft->>'id')::uuid limit 1) e
  loop
    if public.event_content(known.draft || jsonb_build_object('salts', known.salts))
       <> public.event_content(to_jsonb(known)) then
      raise exception 'event % is in the log already, at %, with other content', known.id, known.position
        using errcode = 'RP002';
    end if;
    places[known.ord] := known.position;
  end loop;
  for draft in select d.ord, d.digest from jsonb_to_recordset(drafts) as d(ord integer, digest text) order by d.ord loop
    continue when places[draft.ord] is not null;
    last_place := last_place + 1;
    last_chain := encode(sha256(convert_to(concat_ws('|', last_chain, last_place, draft.digest), 'UTF8')), 'hex');
    places[draft.ord] := last_place;
    chains[draft.ord] := last_chain;
  end loop;
  insert into public.events(position, id, schema, act, type, entity, origin, n, context, changes, digests, salts, remote_id,
      generation, author, entry, source_time, clock, cause, note, recorded, digest, chain)
    select places[d.ord], d.id, d.schema, d.act, d.type, d.entity, d.origin, d.n, d.context, d.changes, d.digests, d.salts,
      d.remote_id, d.generation, d.author, d.entry, d.source_time, d.clock, d.cause, d.note, d.recorded, d.digest,
      chains[d.ord]
    from jsonb_to_recordset(drafts) as d(ord integer, id uuid, schema smallint, act text, type text, entity uuid, origin text,
      n bigint, context jsonb, changes jsonb, digests jsonb, salts jsonb, remote_id text, generation integer, author text,
      entry text, source_time timestamptz, clock bigint, cause bigint, note text, recorded timestamptz, digest text)
    where chains[d.ord] is not null;
  update public.log_head set position = last_place, chain = last_chain;
  return query select i, places[i], chains[i] is null from generate_series(1, cardinality(places)) i;
end $$;
